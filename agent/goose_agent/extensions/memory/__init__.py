"""What is to be known in later sessions."""
