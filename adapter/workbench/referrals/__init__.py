"""The referral board: queues, threads, the steps a role may take, and the intake form.

- `board`, with `queues` (what is asked for, as in an address) and `marks` (did anything change);
- `thread_page`: one referral;
- `steps`: what can be done with it;
- `intake`: a new one, by hand, from a chart, or corrected;
- `organizations` (who can be asked), `sample_referrals` (of the sandbox).

What referrals are, and what may be done with them, is in `adapter.casework` and below it.
"""
