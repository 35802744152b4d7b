"""What may be said on the wire: canonical URLs, code systems, value sets and their Python view.

The FHIR resources under `definitions/` are the source; the modules read them when first asked.
Importing this package reads no file and loads neither `fhir.resources` nor `jsonschema`.
"""
