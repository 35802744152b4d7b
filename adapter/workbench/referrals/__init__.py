"""The referral board: queues, threads, the steps a role may take, and the intake form."""
