"""What a shell command would do, as far as it can be proven before it runs."""
