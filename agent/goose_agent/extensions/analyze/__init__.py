"""What source code defines and calls, by tree-sitter (`goose-tui[analyze]`)."""
