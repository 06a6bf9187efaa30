"""Servers of the Model Context Protocol as extensions; the `mcp` package is imported here alone, late."""
