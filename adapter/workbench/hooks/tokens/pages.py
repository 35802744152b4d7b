"""`/workbench/hooks/tokens`: test tokens of a CDS client made, and any token read and explained.

Keys and tokens come in the body of a POST and leave in its answer: none is in an address, in the
log, or kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request

from adapter.errors import UnusableInput
from adapter.security.assertions import ENDPOINT
from adapter.workbench.guard import is_fragment
from adapter.workbench.hooks.reach import own_base
from adapter.workbench.hooks.tokens.judging import judge
from adapter.workbench.hooks.tokens.minting import (
    ALGORITHMS,
    FAULTS,
    Asked,
    fresh_pair,
    mint,
    read_form,
)
from adapter.workbench.hooks.tokens.reading import Decoded, decode

if TYPE_CHECKING:
    from adapter.workbench.site import Site


def add_token_routes(blueprint: Blueprint, site: Site) -> None:
    """Add the page."""

    @blueprint.get("/tokens")
    def tokens() -> str:
        return _page(site)

    @blueprint.post("/tokens/key")
    def tokens_key() -> str:
        return _result(
            site, "key", pair=fresh_pair(request.form.get("algorithm", "")), asked=Asked()
        )

    @blueprint.post("/tokens/mint")
    def tokens_mint() -> str | tuple[str, int]:
        asked = read_form(request.form)
        try:
            minted = mint(asked)
        except UnusableInput as fault:
            if is_fragment():
                raise
            return _page(site, asked=asked, mint_problem=str(fault)), 422
        return _result(
            site, "minted", asked=asked, minted=minted, shown=decode(minted.token, site.now())
        )

    @blueprint.post("/tokens/decode")
    def tokens_decode() -> str | tuple[str, int]:
        sent, keys = request.form.get("token", ""), request.form.get("keys", "")
        decoded = decode(sent, site.now())
        url = request.form.get("endpoint", "").strip() or _meant(site, decoded)
        try:
            judged = judge(sent, decoded, site.clients, url=url, at=site.now(), keys=keys.encode())
        except UnusableInput as fault:
            if is_fragment():
                raise
            return _page(site, sent=sent, keys=keys, decode_problem=str(fault)), 422
        return _result(
            site, "decoded", sent=sent, keys=keys, endpoint=url, decoded=decoded, judged=judged
        )


def endpoints(site: Site) -> tuple[str, ...]:
    """The addresses of this service that take tokens: what `aud` may be."""
    base = own_base(site)
    ids = [one.id for one in site.services.all()]
    return (
        *(f"{base}/cds-services/{one}" for one in ids),
        *(f"{base}/cds-services/{one}/feedback" for one in ids),
        f"{base}/cds-services",
        f"{base}{ENDPOINT}",
    )


def _page(site: Site, **given: Any) -> str:
    asked: Asked = given.get("asked") or Asked()
    usual = {
        "asked": asked,
        "pair": None if asked.key else fresh_pair(),
        "algorithms": ALGORITHMS,
        "faults": FAULTS,
        "endpoints": endpoints(site),
        "registered": site.clients is not None,
    }
    return render_template("workbench/hooks/tokens.html", **(usual | given))


def _result(site: Site, part: str, **given: Any) -> str:
    """The part alone for a script; otherwise the page with it."""
    if is_fragment():
        return render_template(f"workbench/hooks/{part}.html", **given)
    return _page(site, **given)


def _meant(site: Site, decoded: Decoded) -> str:
    """The endpoint the token is for if it is one of this service, else the first of these."""
    known = endpoints(site)
    return next((one for one in decoded.audiences if one in known), known[0])
