"""What one exchange says of the published rules of CDS Hooks.

`report` is all of it. `request`, `answer` and `bearer` look at one part each, and `findings`
collects what they found, rule by rule.
"""
