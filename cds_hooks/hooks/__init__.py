"""One module per hook."""
