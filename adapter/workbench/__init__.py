"""The workbench: the pages of the service, where engineers test and coordinators work.

Flask and Jinja with a little plain JavaScript and no build step. A page shows what the parts below
it say and decides nothing itself; what changes a referral goes through the exchange, as a visitor.
"""
