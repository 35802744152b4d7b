"""The policy browser: every plan's rules on any date, their sources, and what differs."""
