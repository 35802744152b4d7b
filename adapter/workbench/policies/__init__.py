"""The policy browser: every plan's rules on any date, their sources, and what differs.

`pages` takes what an address asks for (`asked`). `shown` makes a text of a policy file, with its
`rules` as a tree; `compared` puts two side by side, `coverage` says which texts are held for whom,
`searching` finds words in all of them.
"""
