"""One module per hook: what its service says of itself, and what it looks at in a call."""
