"""The steps of a referral: which are offered, what each asks, and how one is taken.

`routes` takes a step. `offered` says which make sense now, `forms` what each asks, `words` how each
is called; `changed` tells what happened meanwhile to whoever comes second.
"""
