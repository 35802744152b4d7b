"""Subscriptions (R5 Backport for R4): topics, events, and getting them to whoever subscribed."""
