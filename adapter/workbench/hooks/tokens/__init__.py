"""Test tokens of a CDS client made, and any token read and judged.

`pages` takes requests, `minting` makes a token, `reading` takes one apart, `judging` says what this
deployment makes of it.
"""
