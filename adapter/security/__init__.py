"""Who may call, and how a call proves it: clients, their keys, their tokens."""
