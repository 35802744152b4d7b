"""`ecm cds-hooks call`: one call of a service, its cards, and what to do where it failed."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from adapter.cds_client.answers import answer_faults
from adapter.cds_client.calling import CdsService, Reply
from adapter.cds_client.chart import read_chart
from adapter.cds_client.contexts import SOMEBODY, Moment
from adapter.cds_client.hook_calls import FhirServer, HookCall, hook_call
from adapter.cds_client.refusals import REFUSALS
from adapter.cli.cards_shown import print_cards, printable
from adapter.cli.cds_service_arguments import service_of
from adapter.cli.inputs import opened_input
from adapter.cli.output import write
from adapter.errors import UnusableInput

#: What to do about an answer, by status, beyond what its OperationOutcome says.
ADVICE = {
    **REFUSALS,
    **dict.fromkeys(
        (301, 302, 307, 308),
        "The address leads elsewhere; a signed call is not sent on. Use the new address.",
    ),
    400: "The request itself is wrong; --dry-run shows it.",
    401: "The reason is not told, on purpose; the service's log names it. For an `ecm serve`, "
    "`ecm cds-hooks token … | ecm clients explain-token` tells it too. For any service: is the "
    "issuer registered with this key, is `aud` its public address, is the clock right?",
    404: "There is no such service at this address; its /cds-services lists those there are.",
    412: "The service lacks data it cannot do without: send that prefetch key, or give it "
    "--fhir-server with --token-file to fetch it from. A service fetches only from servers it was "
    "told of: for `ecm serve`, the client's `fhir_servers`, or --fhir-server in development mode.",
    413: "The request is too large; --leave-out what is largest.",
}


def run(options: argparse.Namespace) -> int:
    """Call, and show the answer. 0: a success; 1: the service answered with an error."""
    service, named = service_of(options, options.url)
    entry = find_service(service, service_id=options.service or named, hook=options.hook)
    with opened_input(options.bundle) as data:
        chart = read_chart(data, patient=options.patient, name=options.bundle)
    moment = Moment(
        user=options.user or SOMEBODY,
        encounter=options.encounter,
        fields=_json_object(options.context) if options.context else {},
    )
    call = hook_call(
        entry,
        chart,
        moment,
        prefetch=options.prefetch,
        leave_out=frozenset(options.leave_out),
        server=_server(options),
    )
    if options.dry_run:
        write(msgspec.json.format(msgspec.json.encode(call.body), indent=1) + b"\n")
        return 0
    reply = service.call(entry["id"], call.body)
    if options.format == "json":
        write(msgspec.json.format(msgspec.json.encode(_record(call, reply)), indent=1) + b"\n")
    else:
        _show(call, reply)
        if reply.status == 401 and service.signer is None:
            print("This call was not signed: add --key and --issuer.")
    return 0 if reply.status == 200 else 1


def find_service(
    service: CdsService, *, service_id: str | None, hook: str | None
) -> dict[str, Any]:
    """The entry of discovery that is meant.

    Raises:
        UnusableInput: discovery failed, or not exactly one service fits.
    """
    reply = service.discover()
    listed = reply.body.get("services") if isinstance(reply.body, dict) else None
    if reply.status != 200 or not isinstance(listed, list):
        raise UnusableInput(
            f"{reply.url} answered {reply.status} and no list of services; "
            f"{ADVICE.get(reply.status, 'give the address under which /cds-services is found')}"
        )
    entries = [one for one in listed if isinstance(one, dict) and one.get("id") and one.get("hook")]
    found = [
        one
        for one in entries
        if one["id"] == (service_id or one["id"]) and one["hook"] == (hook or one["hook"])
    ]
    if len(found) != 1:
        those = ", ".join(f"{one['id']} ({one['hook']})" for one in found or entries)
        asked = (f" {service_id}" if service_id else "") + (f" for the hook {hook}" if hook else "")
        problem = "has several that fit" if found else f"has no service{asked}"
        raise UnusableInput(
            f"{reply.url} {printable(problem)}; name one with --service or --hook: "
            f"{printable(those) or 'none is listed'}"
        )
    return found[0]


def _server(options: argparse.Namespace) -> FhirServer | None:
    if options.fhir_server is None:
        if options.token_file is not None:
            raise UnusableInput("--token-file is given without --fhir-server; name the server too")
        return None
    token = ""
    if options.token_file is not None:
        try:
            token = options.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UnusableInput(
                f"{options.token_file} cannot be read; name a file that holds the token alone"
            ) from None
    return FhirServer(url=options.fhir_server, token=token, scope=options.scope)


def _json_object(file: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnusableInput(f"{file} is no JSON object; write the context's fields there") from None


def _record(call: HookCall, reply: Reply) -> dict[str, Any]:
    """The call and its answer for a program. The request's body is not repeated."""
    return {
        "url": reply.url,
        "hook": call.body["hook"],
        "hookInstance": call.body["hookInstance"],
        "prefetch": call.sent,
        "notes": call.notes,
        "status": reply.status,
        "milliseconds": round(reply.milliseconds, 1),
        "faults": answer_faults(reply.body) if reply.status == 200 else (),
        "answer": reply.body,
    }


def _show(call: HookCall, reply: Reply) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    sent = " · ".join(f"{key} {words}" for key, words in call.sent.items())
    console.print(f"Hook {call.body['hook']}, prefetch: {printable(sent) or 'none asked for'}")
    for note in call.notes:
        console.print(f"Note: {printable(note)}")
    console.print(f"POST {reply.url}: {reply.status} in {reply.milliseconds:.0f} ms", style="bold")
    if reply.status == 200 and isinstance(reply.body, dict):
        console.soft_wrap = False
        print_cards(console, reply.body)
        console.soft_wrap = True
        for fault in answer_faults(reply.body):
            console.print(f"Fault of the answer: {printable(fault)}", style="yellow")
        return
    for line in error_lines(reply):
        console.print(line)


def error_lines(reply: Reply) -> list[str]:
    """What an answer that is no success says, and what to do."""
    lines = []
    issues = reply.body.get("issue") if isinstance(reply.body, Mapping) else None
    for issue in issues if isinstance(issues, list) else ():
        if isinstance(issue, dict):
            where = "".join(f" {one}" for one in issue.get("expression") or ())
            said = issue.get("diagnostics") or (issue.get("details") or {}).get("text") or ""
            lines.append(printable(f"{issue.get('code', '')}{where}: {said}"))
    if not lines:
        lines.append(f"The answer is no OperationOutcome ({printable(reply.other) or 'JSON'}).")
    if advice := ADVICE.get(reply.status):
        lines.append(advice)
    return lines
