"""Exchanging referrals with FHIR servers of others: sending, polling, keeping in step."""
