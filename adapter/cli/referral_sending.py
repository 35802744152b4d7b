"""`ecm referral send`: a referral as a transaction from a file, or made of what is there."""

from __future__ import annotations

import argparse

from adapter import ids
from adapter.casework import beginning
from adapter.casework.access import Access
from adapter.casework.populations import population_displays
from adapter.casework.standing import line_of
from adapter.casework.steps import instant, organization, read_task
from adapter.cli.inputs import opened_input
from adapter.cli.referral_access import opened
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import Resource, decoded
from adapter.partners.referring import Wanted, begun, with_conditions


def send(options: argparse.Namespace) -> int:
    """Send it, and say where it stands."""
    if bool(options.file) == bool(options.patient):
        raise UnusableInput("name either FILE or --patient; see `ecm referral send --help`")
    bundle = _from_file(options.file) if options.file else None
    with opened(options, create=True) as access:
        wanted = bundle or _made(access, options)
        tasks = beginning.send(access, wanted)
        for place in tasks:
            print(line_of(access, read_task(access, place)))
        if not tasks:
            print("Sent. It holds no Task, so nobody was asked for anything.")
    return 0


def _from_file(name: str) -> Resource:
    with opened_input(name) as content:
        data = content if isinstance(content, bytes) else b"\n".join(content)
    bundle = decoded(data)
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise UnusableInput(f"{name} is no Bundle; give a transaction with the order and its Task")
    if bundle.get("type") != "transaction":
        raise UnusableInput(
            f"{name} is a Bundle of type {bundle.get('type')!r}; give one of type transaction, "
            "whose entries say what to do"
        )
    return with_conditions(bundle)


def _made(access: Access, options: argparse.Namespace) -> Resource:
    if not options.requester:
        raise UnusableInput("--requester is missing; name the organization that refers")
    known = population_displays()
    for code in options.population:
        if code not in known:
            raise UnusableInput(
                f"--population {code!r} is none; there are {', '.join(sorted(known))}"
            )
    who = {
        name: organization(access, getattr(options, name)) if getattr(options, name) else None
        for name in ("requester", "owner", "performer")
    }
    assert who["requester"] is not None
    return begun(
        Wanted(
            patient={"reference": options.patient},
            requester=who["requester"],
            owner=who["owner"],
            performer=who["performer"],
            at=instant(),
            id=options.id or ids.new_uuid(),
            populations=[(code, known[code]) for code in options.population],
            urgent=options.urgent,
            coverage=[{"reference": one} for one in options.coverage],
            reasons=[{"reference": one} for one in options.reason],
            supporting=[{"reference": one} for one in options.supporting],
            note=options.note,
            replaces=beginning.replaced(access, options.replaces) if options.replaces else None,
            base=access.canonical,
        )
    )
