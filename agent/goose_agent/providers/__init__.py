"""How to talk to a model: one file a wire format."""
