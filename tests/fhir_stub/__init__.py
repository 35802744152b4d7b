"""A FHIR server for tests, with the faults that real ones have."""

from tests.fhir_stub.server import FhirStub as FhirStub
from tests.fhir_stub.server import Seen as Seen
