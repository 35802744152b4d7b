"""Reading from the FHIR servers of clients, and from nowhere else.

`guarded` opens connections, `servers` says which server a client may name, `scopes` what a token
covers, `fetching` reads several things at once within a deadline (cds-hooks_2.0@60).
"""
