"""CDS Hooks: discovery, hook calls and the cards that answer them."""
