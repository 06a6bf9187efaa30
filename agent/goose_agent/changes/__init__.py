"""What a session does to the files: noticed, told, taken back."""
