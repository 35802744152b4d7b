"""FHIR JSON as FHIR XML and back, with nothing lost (https://hl7.org/fhir/R4/xml.html).

The order and the types of elements come from `validate.definitions`. Numbers keep their digits, a
narrative its bytes, extensions of primitives their place in a list. The one thing XML cannot say is
a control character in a text; U+FFFD stands for it. What is read comes from anybody: document type
declarations and entities are refused, and so are depth and size beyond any use.
"""

from __future__ import annotations

from profiles.xml.reading import to_json
from profiles.xml.tree import NotFhirXml
from profiles.xml.writing import to_xml

__all__ = ["NotFhirXml", "to_json", "to_xml"]
