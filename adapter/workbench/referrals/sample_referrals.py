"""Sample referrals for the sandbox: invented members between its hospital, plan and provider.

Each is sent and acted on through the exchange by whoever would do it, so that every window has
something to see and to do. Made twice, they are there once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Struct

from adapter.assembly import Assembly
from adapter.casework.access import Access, access_as
from adapter.casework.beginning import send
from adapter.casework.closing import complete, procedure
from adapter.casework.steps import ACTIONS, Said, assign, instant, read_task, take
from adapter.fhir_client.partner_answers import identifier_query
from adapter.partners.referring import Wanted, begun
from adapter.samples import sample
from adapter.security.audit_rendering import organization_id
from adapter.security.viewers import DEVELOPMENT, SANDBOX
from adapter.store.records import Viewer
from profiles.canonicals import canonicals

_REASONS = ("Condition", "Observation")
_SUPPORTING = ("QuestionnaireResponse", "EpisodeOfCare", "Encounter")
_MOST_REASONS = 3


class Story(Struct, frozen=True, kw_only=True):
    """A sample referral, and what is done with it."""

    #: Of the sample patient.
    sample: str
    #: Population of Focus, with its words.
    population: tuple[str, str]
    urgent: bool = False
    #: Whether it should have been acknowledged yesterday.
    late: bool = False
    #: What is done one after the other: who by (`plan`, `provider`), and a step, or `assign`.
    steps: tuple[tuple[str, str], ...] = ()
    #: What is said with the last step.
    words: str = ""


_ASSIGNED = (("plan", "acknowledge"), ("plan", "authorize"), ("plan", "assign"))
_TAKEN = (*_ASSIGNED, ("provider", "accept"), ("provider", "contact"), ("provider", "enroll"))

STORIES = (
    Story(
        sample="adult-in-a-shelter",
        population=("homelessness-adult", "Adults experiencing homelessness"),
        urgent=True,
        late=True,
    ),
    Story(
        sample="five-emergency-visits",
        population=(
            "avoidable-utilization-adult",
            "Adults at risk for avoidable hospital or emergency department use",
        ),
    ),
    Story(
        sample="family-doubled-up",
        population=(
            "homelessness-family",
            "Homeless families and unaccompanied children and youth",
        ),
        steps=(("plan", "acknowledge"),),
    ),
    Story(
        sample="five-months-pregnant",
        population=("birth-equity", "Birth equity"),
        steps=(("plan", "acknowledge"), ("plan", "authorize")),
    ),
    Story(
        sample="released-nine-months-ago",
        population=("incarceration-adult", "Adults transitioning from incarceration"),
        urgent=True,
        steps=_ASSIGNED,
    ),
    Story(
        sample="skilled-care-at-home",
        population=("ltc-at-risk-adult", "Adults in the community at risk of long-term care"),
        steps=_TAKEN[:5],
    ),
    Story(
        sample="leaving-a-nursing-facility",
        population=(
            "nf-transition-adult",
            "Adult nursing facility residents moving to the community",
        ),
        steps=(*_TAKEN, ("provider", "complete")),
    ),
    Story(
        sample="no-coverage-on-file",
        population=("homelessness-adult", "Adults experiencing homelessness"),
        steps=(("plan", "return"),),
        words="No Medi-Cal number was sent, and nobody of this name is a member.",
    ),
)


def make_samples(assembly: Assembly, today: date) -> int:
    """Make those that are not there yet; how many.

    Raises:
        PartnerFault: the exchange refuses one.
    """
    return sum(_make(assembly, story, today) for story in STORIES)


def _make(assembly: Assembly, story: Story, today: date) -> bool:
    as_who = {role: access_as(assembly, _viewer(role)) for role in ("referrer", "plan", "provider")}
    referrer = as_who["referrer"]
    number = f"sample-{story.sample}"
    system = canonicals(referrer.canonical).identifier_system("referral-task")
    if referrer.server.search("Task", ("identifier", f"{system}|{number}")):
        return False
    (place,) = send(referrer, _bundle(referrer, story, number, today))
    for role, step in story.steps:
        access = as_who[role]
        task = read_task(access, place)
        words = story.words if (role, step) == story.steps[-1] else ""
        if step == "assign":
            place = assign(access, task, SANDBOX["provider"], step=f"{number}-assigned")
        elif step == "complete":
            complete(access, task, procedure(access, task, today.isoformat()))
        else:
            take(access, task, ACTIONS[step], Said(words=words))
    return True


def _viewer(role: str) -> Viewer:
    return Viewer(
        tenant=DEVELOPMENT.tenant,
        client=f"sandbox-{role}",
        party=SANDBOX[role],
        clearance=frozenset({"*"}),
    )


def _bundle(access: Access, story: Story, number: str, today: date) -> dict[str, Any]:
    """The chart, the order and its Task as one transaction."""
    chart = list(_chart(story.sample, today))
    urls = {one["resource"]["resourceType"]: one["fullUrl"] for one in reversed(chart)}
    hospital, plan = (
        {"reference": f"Organization/{organization_id(DEVELOPMENT.tenant, SANDBOX[role])}"}
        for role in ("referrer", "plan")
    )
    reasons = [one["fullUrl"] for one in chart if one["resource"]["resourceType"] in _REASONS][
        :_MOST_REASONS
    ]
    wanted = Wanted(
        patient={"reference": urls["Patient"]},
        requester=hospital,
        owner=plan,
        at=instant(),
        id=number,
        populations=(story.population,),
        urgent=story.urgent,
        coverage=[{"reference": urls["Coverage"]}] if "Coverage" in urls else (),
        reasons=[{"reference": one} for one in reasons],
        supporting=[{"reference": urls[one]} for one in _SUPPORTING if one in urls],
        base=access.canonical,
    )
    bundle = begun(wanted)
    if story.late:
        yesterday = (today - timedelta(days=1)).isoformat()
        bundle["entry"][-1]["resource"]["restriction"] = {"period": {"end": yesterday}}
    return {**bundle, "entry": [*chart, *bundle["entry"]]}


def _chart(name: str, today: date) -> Iterator[dict[str, Any]]:
    """The sample's resources as entries of a transaction that refer to each other."""
    bundle = sample(name, today).bundle
    text = msgspec.json.encode([one["resource"] for one in bundle["entry"]]).decode()
    urls = {}
    for entry in bundle["entry"]:
        one = f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
        urls[one] = f"urn:uuid:{uuid5(NAMESPACE_URL, one)}"
        text = text.replace(f'"{one}"', f'"{urls[one]}"')
    for url, resource in zip(urls.values(), msgspec.json.decode(text), strict=True):
        type = resource["resourceType"]
        reached = _reached(name) if type == "Patient" else {}
        request = {"method": "POST", "url": type}
        if type == "Patient":
            # Whoever was referred by hand before is not a second member of the same number.
            known = resource["identifier"][0]
            request["ifNoneExist"] = identifier_query(known["system"], known["value"])
        yield {"fullUrl": url, "resource": resource | reached, "request": request}


def _reached(name: str) -> dict[str, Any]:
    """How an invented member is reached: numbers that nobody has."""
    last = f"01{sum(map(ord, name)) % 100:02}"
    spoken = {"coding": [{"system": "urn:ietf:bcp:47", "code": "en"}], "text": "English"}
    return {
        "telecom": [{"system": "phone", "value": f"(707) 555-{last}", "use": "mobile"}],
        "address": [{"line": [f"{last} Example Street"], "city": "Vacaville", "state": "CA"}],
        "communication": [{"language": spoken, "preferred": True}],
    }
