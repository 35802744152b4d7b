"""The rules the token of a call shows, by its header and claims alone (CDS Hooks 2.0, JWT).

Whether it is signed by whom it names only the service can tell.
"""

from __future__ import annotations

from adapter.workbench.hooks.conformance.findings import Findings, rule_id
from adapter.workbench.hooks.tokens.reading import part_of

_CLAIMS = {187: ("iss", str), 190: ("exp", int), 191: ("iat", int), 192: ("jti", str)}


def judge_bearer(token: str, url: str, found: Findings) -> None:
    """Judge the token of a call.

    Args:
        token: as it was sent; empty: none was.
        url: the endpoint called.
        found: takes what is found.
    """
    if not token:
        for rule in (178, 181, 182, 184, *_CLAIMS, 189, 196, 202, 203, 205):
            found.silent(rule_id(rule), "the call is not signed")
        return
    found.kept(rule_id(178))
    parts = [part_of(one) for one in token.split(".")[:2]]
    if len(parts) != 2 or None in parts:
        found.broken(rule_id(180), "the token is no JWT")
        return
    header, claims = parts[0] or {}, parts[1] or {}
    algorithm = str(header.get("alg", ""))
    found.judge(rule_id(181), is_kept=bool(algorithm), says="alg is missing")
    found.judge(rule_id(182), is_kept=bool(header.get("kid")), says="kid is missing")
    found.judge(rule_id(184), is_kept=header.get("typ") == "JWT", says="typ is not JWT")
    is_signed = algorithm.lower() != "none" and bool(token.rpartition(".")[2])
    found.judge(rule_id(202), is_kept=is_signed, says="it has no signature")
    found.judge(rule_id(203), is_kept=not algorithm.startswith("HS"), says=f"alg is {algorithm}")
    is_advised = algorithm in ("ES384", "RS384")
    found.judge(
        rule_id(205), is_kept=is_advised, says=f"alg is {algorithm}; ES384 or RS384 is advised"
    )
    for rule, (name, kind) in _CLAIMS.items():
        value = claims.get(name)
        is_right = isinstance(value, kind) and value != ""
        found.judge(rule_id(rule), is_kept=is_right, says=f"{name} is missing or of another type")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    is_text = all(isinstance(one, str) and one for one in named)
    found.judge(rule_id(189), is_kept=is_text, says="aud is missing or no text")
    found.judge(
        rule_id(196), is_kept=url in named, says="aud does not name the URL that was called"
    )
