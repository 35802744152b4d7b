"""FHIRPath, the part that invariants of FHIR R4 and of our profiles are written in.

`expression(text)` reads an expression once and gives a function of a resource as JSON. What it does
not know is an error when it is read, never a silent pass. Left out: arithmetic but `+` and `&`,
dates but as they stand in a resource, `resolve()`, `memberOf()` and whatever needs a server.
"""

from profiles.fhirpath.evaluating import Expression, expression
from profiles.fhirpath.parsing import UnknownExpression

__all__ = ["Expression", "UnknownExpression", "expression"]
