"""How records become lines for the record view."""
