"""The full-screen terminal workbench and the other faces of the agent."""

__version__ = "0.1.0"
