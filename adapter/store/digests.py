"""Digests: how tokens, members and feedback are recognized again without being kept.

SHA-256 over a JSON array, so that no two different lists of texts run into the same bytes.
"""

from __future__ import annotations

import json
from hashlib import sha256

from adapter.fhir_client.servers import read_base
from cds_hooks.feedback import Feedback


def token_digest(issuer: str, jti: str) -> bytes:
    """32 bytes that stand for one token of one issuer."""
    return _digest(issuer, jti)


def member_digest(tenant: str, server: str, patient_id: str) -> bytes:
    """32 bytes that stand for one patient of one FHIR server, as one tenant knows them.

    Args:
        tenant: whose data it is; the same patient id means another person elsewhere.
        server: `fhirServer`, in any spelling of one address; empty where calls name none.
        patient_id: `context.patientId`.
    """
    base = read_base(server)
    return _digest(tenant, base.url if base is not None else server.rstrip("/"), patient_id)


def feedback_digest(client: str, feedback: Feedback) -> bytes:
    """32 bytes that are the same for the same feedback sent again, in whatever order of parts."""
    return _digest(
        client,
        feedback.card,
        feedback.outcome,
        feedback.at,
        *sorted(feedback.suggestions),
        "",
        *sorted(f"{system}|{code}" for system, code in feedback.reasons),
        "",
        feedback.comment,
    )


def _digest(*parts: str) -> bytes:
    return sha256(json.dumps(parts).encode()).digest()
