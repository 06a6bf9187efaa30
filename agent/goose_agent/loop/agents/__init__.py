"""Subagents: the files that describe them, one at work, all of a session."""
