"""The referral lifecycle: who may move a referral where, who may see it, what follows from it."""
