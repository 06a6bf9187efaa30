"""One turn: context, model, gate, tools, repeat."""
