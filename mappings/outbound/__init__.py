"""FHIR out: a determination, a referral and its questions, as resources."""
