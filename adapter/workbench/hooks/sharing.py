"""What of an exchange can be handed on: a link without anybody's data, and the call for a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

#: What a link may say. A chart, a server, a token or an id of a patient never stands in one.
SHARED = ("sample", "hook", "mode", "plan", "profile")

#: In place of a token; the shell takes it from its environment.
_TOKEN, _FHIR_TOKEN = "$TOKEN", "REMOVED"

#: `access_token` of `fhirAuthorization`, as it stands in JSON.
_ACCESS_TOKEN = re.compile(r'("access_token"\s*:\s*)"(?:[^"\\]|\\.)*"')


def shared_values(fields: Mapping[str, str]) -> dict[str, str] | None:
    """What the link to this exchange says; None: it has a chart of the visitor's own.

    Args:
        fields: of the form.
    """
    if not fields.get("sample"):
        return None
    return {name: fields[name] for name in SHARED if fields.get(name)}


def curl_command(url: str, body: str, *, token: str = "", with_tokens: bool = False) -> str:
    """The call as a command for a shell.

    Args:
        url: called.
        body: the request as it is sent.
        token: the Bearer token; empty: the call is not signed.
        with_tokens: whether the tokens stand in the command; else it names `$TOKEN`, and the
            access token of `fhirAuthorization` is taken out.
    """
    lines = [f"curl -sS -X POST {shlex.quote(url)}", "-H 'Content-Type: application/json'"]
    if token:
        lines.append(
            f"-H {shlex.quote(f'Authorization: Bearer {token}')}"
            if with_tokens
            else f'-H "Authorization: Bearer {_TOKEN}"'
        )
    if not with_tokens:
        body = _ACCESS_TOKEN.sub(rf'\1"{_FHIR_TOKEN}"', body)
    body = body.replace("\r\n", "\n")
    mark = "END_OF_REQUEST"
    while re.search(rf"^{mark}$", body, re.MULTILINE):
        mark += "_"
    # Quoted, so that the shell changes nothing of it.
    return " \\\n  ".join((*lines, f"--data-binary @- <<'{mark}'")) + f"\n{body}\n{mark}\n"
