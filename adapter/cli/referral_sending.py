"""`ecm referral send`: a referral as a transaction from a file, or made of what is there."""

from __future__ import annotations

import argparse
from hashlib import sha256
from uuid import NAMESPACE_URL, uuid5

from adapter import ids
from adapter.casework.access import Access
from adapter.casework.standing import line_of
from adapter.cli.inputs import opened_input
from adapter.cli.referral_access import opened
from adapter.cli.referral_actions import instant, organization, places, read_task
from adapter.errors import UnusableInput
from adapter.fhir_client.partner_answers import ENCODER, Resource, decoded
from adapter.partners.referring import Wanted, begun, with_conditions
from profiles.codes import populations_of_focus


def send(options: argparse.Namespace) -> int:
    """Send it, and say where it stands."""
    if bool(options.file) == bool(options.patient):
        raise UnusableInput("name either FILE or --patient; see `ecm referral send --help`")
    bundle = _from_file(options.file) if options.file else None
    with opened(options, create=True) as access:
        wanted = bundle or _made(access, options)
        # The same content has the same key, so a repeat is answered and not carried out again.
        key = uuid5(NAMESPACE_URL, sha256(ENCODER.encode(wanted)).hexdigest())
        response = access.server.transaction(wanted, key=str(key))
        tasks = [place for place in places(response) if place.startswith("Task/")]
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
    known = {
        code: display
        for one in populations_of_focus().values()
        for code, display in one.variants.values()
    }
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
            replaces=_replaced(access, options.replaces) if options.replaces else None,
            base=access.canonical,
        )
    )


def _replaced(access: Access, reference: str) -> Resource:
    """The order, with the thread that its Task says where it does not say so itself."""
    id = reference.removeprefix("ServiceRequest/")
    order = access.server.read("ServiceRequest", id).resource or {}
    tasks = access.server.search("Task", ("focus", f"ServiceRequest/{id}"))
    threads = (one["groupIdentifier"] for one in tasks if "groupIdentifier" in one)
    thread = order.get("requisition") or next(threads, None)
    return {**order, "requisition": thread}
