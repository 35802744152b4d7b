"""What an operator of the service sees: the log, the metrics, and whether it is alive and ready.

Nothing here is about a person: no name, id, date, code or text of a member, no token, no key.
"""
