"""Reads policy files into `eligibility.model`, with every fault named by file and line.

`folder` reads a folder of policies, `checks` finds all faults of files. Below them `reader` turns
YAML into items with lines, `reading` checks the shape of each, and one module per kind of file
(`policy`, `exclusions`, `plan`, `tables`) builds its record from what they share (`dated`, `names`,
`criteria`, `options`). `kinds` is the table of tests.
"""
