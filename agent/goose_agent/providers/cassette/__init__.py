"""Answers of models on file: recorded once, given again without a network and without a key."""
