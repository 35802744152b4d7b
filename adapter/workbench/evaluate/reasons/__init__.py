"""The reasons of an answer: each criterion in words, beside the entry that decided it.

`traces` fills the `records` from a trace. `entries` finds the resources of a chart, `described`
tells each in words, and `marking` shows its JSON with what decided it marked.
"""
