"""The `ecm` command."""
