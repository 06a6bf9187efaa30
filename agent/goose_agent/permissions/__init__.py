"""May this call run."""
