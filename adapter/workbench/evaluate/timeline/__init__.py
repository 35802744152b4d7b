"""Visits, programmes and insurance on a line of time, with the windows that were counted.

`counted` reads the windows off the trace, `drawing` turns days into positions, `lasting` draws what
lasts, `words` says the same for the table, and `timeline` puts them together.
"""
