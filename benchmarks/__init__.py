"""How fast the adapter is, against simpler things done with the same bytes (`make bench`)."""
