"""Dated facts, three-valued logic and policies as data. Knows no FHIR, no HTTP and no clock."""
