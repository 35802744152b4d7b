"""A client of CDS Hooks services, to try any of them out (CDS Hooks 2.0, the duties of a client).

`chart` answers prefetch queries from a FHIR file, `contexts` makes what each hook tells, `keys` and
`tokens` sign, `calling` sends, `discovery` and `answers` find what a service does against rules.
"""
