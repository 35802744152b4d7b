"""The workbench: the pages of the service, where engineers test and coordinators work.

Flask and Jinja with a little plain JavaScript and no build step. A page shows what the parts below
it say and decides nothing itself; what changes a referral goes through the exchange, as a visitor.

`blueprints` puts the pages together, each a package: `evaluate`, `referrals`, `hooks`, `policies`,
`operations`; and those that are a module: `front`, `screening`, `samples`. They are made from a
`site`. `roles` says who may open what, `visiting` and `sign_in` who is there, `guard` lets them in,
`errors` tells what went wrong. `plans` are words that several pages share.
"""
