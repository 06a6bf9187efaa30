"""The record: one SQLite file a session."""
