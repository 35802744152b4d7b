"""What a search finds in a database is what looking at every resource finds.

Thousands of random searches by viewers of every kind, on both databases, beside an oracle that
knows neither index nor SQL.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from adapter.fhir_api.faults import Refused
from adapter.search.parameters import parameters
from adapter.search.parsing import parse
from adapter.search.query import Parameter, Query
from adapter.store import search_candidates
from adapter.store.database import Database
from adapter.store.records import Viewer
from adapter.store.resources import ResourceStore, Unit
from tests.unit.adapter.store.search_oracle import Oracle
from tests.unit.adapter.store.search_world import (
    CODES,
    DAYS,
    NAMES,
    NUMBERS,
    SYSTEMS,
    TYPES,
    UNITS,
    Dice,
    World,
    viewers,
    write_world,
)

#: In each of four runs; twenty thousand in each take three minutes.
SEARCHES = 600

#: Parameters that the world has something for.
ASKED = {
    "Patient": ("name", "family", "birthdate", "active", "identifier", "phone", "organization",
                "deceased", "gender"),
    "Organization": ("name", "identifier"),
    "Practitioner": ("name", "identifier"),
    "Task": ("status", "code", "business-status", "patient", "subject", "owner", "focus", "part-of",
             "authored-on", "period", "identifier", "output"),
    "ServiceRequest": ("status", "subject", "patient", "requester", "based-on", "occurrence",
                       "code"),
    "Observation": ("patient", "code", "value-quantity", "date", "combo-code"),
    "QuestionnaireResponse": ("patient", "questionnaire"),
    "Questionnaire": ("url", "title"),
}  # fmt: skip
COMMON = ("_id", "_lastUpdated", "_tag", "_profile")
PREFIXES = ("", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
HOSTILE = (
    "' OR 1=1 --", "%", "_", "\\", "a'; DROP TABLE resource; --", '"', ":seen_tenant", "{0}",
    "\u202e", "a" * 300, "%(seen_tenant)s", "$1", "?", "\U0010ffff", "\ud7ff",
)  # fmt: skip


def escaped(text: str) -> str:
    for each in "\\,|$":
        text = text.replace(each, f"\\{each}")
    return text


def value_for(dice: Dice, of: Parameter) -> str:
    """A value that may find something, or is meant to do harm."""
    if dice.often(4):
        return escaped(dice.of(HOSTILE))
    if of.name == "_id":
        return f"{dice.of('pots')}{dice.below(8)}"
    match of.kind:
        case "token":
            known = (*CODES[:6], "true", "false", "requested", "accepted", "draft", "555-123")
            code = escaped(dice.of(known))
            system = dice.of(("", "", "urn:a|", "urn:b|", "|", "http://hl7.org/fhir/task-status|"))
            return f"{system}{'' if system[:-1] and dice.often(20) else code}"
        case "uri":
            return dice.of(("http://p/a", "http://p/a|2", "http://q/1", "http://q/"))
        case "string":
            return escaped(dice.of((*NAMES, "a", "ann", "zoe", "OB", "李")))
        case "date":
            day = dice.of((*DAYS[:9], "2023-11-14T22:13:20Z", "2023-11-14T22:13:2"))
            return f"{dice.of(PREFIXES)}{day}"
        case "quantity":
            number = dice.of((*map(str, NUMBERS), "5.4e0", "1e2", "1e999"))
            unit = dice.of(("", "", f"|urn:a|{dice.of(UNITS)}", f"||{dice.of(UNITS)}"))
            return f"{dice.of(PREFIXES)}{number}{unit}"
        case _:
            type = dice.of(of.targets or TYPES)
            id = f"{type[0].lower()}{dice.below(8)}"
            return dice.of((f"{type}/{id}", f"{type}/{id}", id, f"http://elsewhere/{type}/{id}",
                            f"urn:uuid:{id}", "http://q/0", "http://q/0|1"))  # fmt: skip


def asked(dice: Dice, type: str, links: int = 2) -> tuple[str, str]:
    """Name and value of one parameter, perhaps of a chain."""
    of = parameters(type)[dice.of((*ASKED[type], *ASKED[type], *COMMON))]
    if links and dice.often(15):
        source = dice.of(("Task", "ServiceRequest", "Observation"))
        by = dice.of([name for name in ASKED[source] if leads(source, name, type)] or [""])
        if by:
            name, value = asked(dice, source, links - 1)
            return f"_has:{source}:{by}:{name}", value
    if links and of.kind == "reference" and dice.often(40):
        to = dice.of([one for one in of.targets or TYPES if one in TYPES] or ["Patient"])
        name, value = asked(dice, to, links - 1)
        typed = f":{to}" if not of.targets or dice.often() else ""
        return f"{of.name}{typed}.{name}", value
    modifier = ""
    if dice.often(30) and of.name not in ("_id", "_lastUpdated"):
        modifier = dice.of({
            "token": (":not", ":text", ":missing", ":of-type"),
            "string": (":exact", ":contains", ":missing"),
            "reference": (":missing", ":identifier", f":{dice.of(of.targets or TYPES)}"),
        }.get(of.kind, (":missing",)))  # fmt: skip
    texts = {
        ":missing": lambda: dice.of(("true", "false")),
        ":text": lambda: dice.of(NAMES),
        ":of-type": lambda: f"{dice.of(SYSTEMS)}|{dice.of(CODES[:3])}|{dice.of(CODES[:3])}",
        ":identifier": lambda: dice.of(("urn:a|x", "|x", "x", "urn:b|", "y")),
    }
    text = texts.get(modifier, lambda: value_for(dice, of))
    count = 1 if modifier == ":missing" else 1 + dice.below(3)
    return f"{of.name}{modifier}", ",".join(text() for _ in range(count))


def leads(source: str, name: str, type: str) -> bool:
    of = parameters(source)[name]
    return of.kind == "reference" and (not of.targets or type in of.targets)


def random_search(dice: Dice) -> Query | None:
    """A search; None: it is refused, as it should be."""
    type = dice.of((*TYPES, "Task", "Task", "Task"))
    pairs = [asked(dice, type) for _ in range(dice.below(4))]
    if dice.often(25):
        keys = [dice.of((*ASKED[type], *COMMON)) for _ in range(1 + dice.below(2))]
        pairs.append(("_sort", ",".join(f"{dice.of(('', '-'))}{key}" for key in keys)))
    if dice.often(25):
        pairs += [
            (f"_include{dice.of(('', ':iterate'))}", dice.of(INCLUDES)) for _ in range(2)
        ]  # fmt: skip
        pairs.append((f"_revinclude{dice.of(('', ':iterate'))}", dice.of(REVINCLUDES)))
    pairs.append(("_count", dice.of(("1", "3", "20"))))
    pairs += [] if dice.often() else [("_total", dice.of(("accurate", "none", "estimate")))]
    try:
        return parse(type, pairs)
    except Refused:
        return None


INCLUDES = ("*", "Task:patient", "Task:subject", "Task:owner:Organization", "Task:focus",
            "ServiceRequest:subject", "ServiceRequest:based-on", "Observation:patient",
            "QuestionnaireResponse:questionnaire", "Task:part-of")  # fmt: skip
REVINCLUDES = ("Task:patient", "Task:focus", "Task:part-of", "Task:owner:Practitioner",
               "ServiceRequest:subject", "ServiceRequest:based-on", "Task:output")  # fmt: skip


@pytest.fixture(params=("sqlite", "postgresql"))
def unit(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Unit]:
    """One that looks at the world."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('world')}/store.sqlite"
    else:
        url = request.getfixturevalue("postgres").empty_database()
    database = Database(url)
    store = ResourceStore(database)
    request.node.world = write_world(store)
    with store.reading() as looking:
        yield looking
    database.close()


@pytest.fixture
def world(request: pytest.FixtureRequest, unit: Unit) -> World:
    """What that one looks at."""
    del unit
    found: World = request.node.world
    return found


def pages(unit: Unit, viewer: Viewer, query: Query) -> tuple[list[int], set[int], int | None]:
    """Keys of all matches, of what came along with the first page, and the total it told."""
    keys: list[int] = []
    page = unit.search(viewer, query)
    first = page
    for _ in range(200):
        assert len(page.matches) <= query.count
        keys += [one.key for one in page.matches]
        if not page.next:
            break
        page = unit.search(viewer, replace(query, after=page.next, includes=(), revincludes=()))
    return keys, {one.key for one in first.included}, first.total


@pytest.mark.parametrize("few", (4, 5000))
def test_a_search_finds_what_looking_at_everything_finds(
    unit: Unit, world: World, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Matches in order over all pages, what comes along, and the total.

    Whether candidates are few or come in the order of the page.
    """
    monkeypatch.setattr(search_candidates, "_FEW", few)
    dice = Dice(f"searches {few}")
    everyone = [(viewer, Oracle(world, viewer, unit.now)) for viewer in viewers()]
    found = 0
    for number in range(SEARCHES):
        query = random_search(dice)
        if query is None:
            continue
        viewer, oracle = dice.of(everyone[:5]) if dice.often(80) else dice.of(everyone)
        expected = oracle.matches(query)
        keys, along, total = pages(unit, viewer, query)
        told = f"{number}: {query.type}?{quote(str(query.applied))} by {viewer}"
        assert keys == [one.key for one in expected], told
        assert along == oracle.included(query, expected[: query.count]), told
        assert total == (None if query.total == "none" else len(expected)), told
        found += bool(expected)
    # A search that finds nothing proves little.
    assert found > SEARCHES / 5


def test_a_count_is_the_number_of_matches(unit: Unit, world: World) -> None:
    dice = Dice("counts")
    for _ in range(SEARCHES // 10):
        query = random_search(dice)
        viewer = dice.of(viewers())
        if query is not None:
            expected = len(Oracle(world, viewer, unit.now).matches(query))
            counted = unit.search(viewer, replace(query, count=0))
            assert (counted.total, counted.matches, counted.next) == (expected, [], "")
