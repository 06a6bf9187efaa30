"""The view state and the pure function that makes it from events."""
