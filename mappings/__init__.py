"""Translation between FHIR R4 and the programme's own records, in both directions, without I/O."""
