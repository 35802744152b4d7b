"""Security labels: which of them keep a resource from a reader who is not cleared for them.

`Resource.meta.security` (FHIR R4, Security Labels) obliges whoever receives a resource to enforce
what its labels say. A label is enforced unless it is known to restrict nothing: it may be new,
misspelled or local, and still be the one that matters. Real records show why: one public set marks
abortions with the code `SICKVIS`, which no code system defines.

Sources of the codes: HL7 Terminology, v3-Confidentiality 3.0.0 and v3-ActCode (the policies on
sensitivity of information, US privacy law, refraining and obligations).
"""

from __future__ import annotations

from collections.abc import Iterator

#: Not a label of the resource, but says that parts of it carry labels of their own.
INLINE = "processinlinelabel"

_CONFIDENTIALITY, _ACT_CODE, _ACT_REASON, _INTEGRITY = range(4)

#: Code systems by what they are called today, were called in DSTU2 and STU3, and by OID.
_SYSTEMS = {
    f"{prefix}{name}": kind
    for kind, names in {
        _CONFIDENTIALITY: ("v3-confidentiality", "confidentiality", "2.16.840.1.113883.5.25"),
        _ACT_CODE: ("v3-actcode", "actcode", "2.16.840.1.113883.5.4"),
        _ACT_REASON: ("v3-actreason", "actreason", "2.16.840.1.113883.5.8"),
        _INTEGRITY: ("v3-observationvalue", "observationvalue", "2.16.840.1.113883.5.1063"),
    }.items()
    for name in names
    for prefix in ("http://terminology.hl7.org/codesystem/", "http://hl7.org/fhir/v3/", "urn:oid:")
}

_UNRESTRICTED = frozenset({"u", "l", "m", "n"})
#: v3-ActCode, ObligationPolicy and its neighbors: what to do with a record, not who may see it.
_OBLIGATIONS = frozenset({
    "accessconscheme", "anony", "aod", "audit", "audtr", "authpol", "commonrule", "cplycc",
    "cplycd", "cplycui", "cplyjpp", "cplyjsp", "cplyopp", "cplyosp", "cplypol",
    "declassifylabel", "deid", "delau", "delepol", "downgrdlabel", "drivlabel", "encrypt",
    "encryptr", "encryptt", "encryptu", "hipaanopp", "huaprv", "label", "mask", "minec",
    "obligationpolicy", "persistlabel", "privmark", "pseud", "redact", "upgrdlabel",
})  # fmt: skip
#: v3-ActReason says what for; this one of its codes says that the record is closed but for need.
_CLOSED = frozenset({"btg"})


def restricting(security: object) -> frozenset[str]:
    """The labels a reader has to be cleared for, in lower case.

    Args:
        security: `meta.security`, decoded; any shape, since older and broken records have any.

    Returns:
        Codes; the empty text stands for a label without one, which nobody can be cleared for.
    """
    return frozenset(code for system, code in _codings(security) if not _is_harmless(system, code))


def _codings(value: object) -> Iterator[tuple[str, str]]:
    """System and code of every Coding, wherever it stands, in lower case."""
    if isinstance(value, list):
        for each in value:
            yield from _codings(each)
    elif isinstance(value, dict):
        inner = value.get("coding")
        if inner:
            yield from _codings(inner)
        elif value:
            yield _plain(value.get("system")), _plain(value.get("code"))
    elif value is not None:
        yield "", _plain(value)


def _plain(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _is_harmless(system: str, code: str) -> bool:
    if not system:
        return code in _UNRESTRICTED or code in _OBLIGATIONS
    kind = _SYSTEMS.get(system.partition("|")[0])
    if kind == _CONFIDENTIALITY:
        return code in _UNRESTRICTED
    if kind == _ACT_CODE:
        return code in _OBLIGATIONS
    return kind in (_ACT_REASON, _INTEGRITY) and bool(code) and code not in _CLOSED
