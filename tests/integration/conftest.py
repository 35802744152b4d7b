"""What tests with real data share with those of the contract: a running endpoint."""

from __future__ import annotations

from tests.contract.fhir.conftest import fhir

__all__ = ["fhir"]
