"""Adds up a shopping list."""
