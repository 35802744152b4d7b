"""Exchanging referrals with other organizations' FHIR servers: sending, polling, keeping in step."""
