"""FHIR out: a determination, and later a referral, as resources."""
