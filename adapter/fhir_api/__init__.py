"""The FHIR R4 REST endpoint: what it can do, and how that goes over HTTP."""
