"""Hint files: where they are, and reading them without surprises."""
