"""Settings, layered, and where things lie."""
