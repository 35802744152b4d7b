"""`ecm feedback` as an analyst reads it, and what it says when it cannot report."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapter.cli.main import main
from adapter.clock import MEMBER_ZONE
from cds_hooks.feedback import Feedback
from tests.unit.adapter.store.showing import ACCEPTED, VALLEY, card, opened, overridden

#: The last second of 31 October in California, which is 1 November in UTC.
SHOWN = datetime(2026, 10, 31, 23, 59, 59, tzinfo=MEMBER_ZONE)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Four cards of October: accepted, declined with a comment, set aside, ignored."""
    url = f"sqlite:///{tmp_path}/store.sqlite"
    open_one = opened(url)
    open_one.remember(VALLEY, [card(uuid=uuid) for uuid in "abc"], SHOWN)
    open_one.remember(
        VALLEY, [card(uuid="d", service="ecm-order-sign", populations=("smi-sud",))], SHOWN
    )
    feedback = (
        Feedback(card="a", outcome="accepted", at=ACCEPTED.at),
        overridden("member-declined", card="b", comment="Canary Jones said no"),
        overridden(card="c"),
        overridden(card="another service's"),
    )
    open_one.take_feedback(VALLEY, "ecm-patient-view", feedback, SHOWN)
    open_one.close()
    return url


def told(
    capsysbinary: pytest.CaptureFixture[bytes], *arguments: str, command: str = "report"
) -> str:
    """What the command prints."""
    assert main(["feedback", command, *arguments]) == 0
    return capsysbinary.readouterr().out.decode()


def refused(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> str:
    """What the command says when it ends with exit code 2."""
    assert main(["feedback", "report", *arguments]) == 2
    return capsysbinary.readouterr().err.decode()


DAYS = ("--since", "2026-10-01", "--until", "2026-10-31")


def test_the_table_reads_at_a_glance(store: str, capsysbinary: pytest.CaptureFixture[bytes]):
    assert told(capsysbinary, "--store", store, *DAYS) == (
        "Cards shown from 2026-10-01 to 2026-10-31\n"
        "\n"
        "service           shown   accepted  overridden  no feedback\n"
        "ecm-patient-view      3  1 (33.3%)   2 (66.7%)            0\n"
        "ecm-order-sign        1          0           0            1\n"
        "all cards             4  1 (25.0%)   2 (50.0%)            1\n"
        "\n"
        "Feedback on cards that are not known: 1. They were shown by another service, or longer "
        "ago than cards are kept.\n"
    )


def test_a_table_by_several_things(store: str, capsysbinary: pytest.CaptureFixture[bytes]):
    """What no reason can have is left empty."""
    lines = told(capsysbinary, "--store", store, *DAYS, "--by", "population,reason").split("\n")
    assert lines[2:6] == [
        "population    reason           shown   accepted  overridden  no feedback",
        "homelessness  member-declined      3              1 (33.3%)",
        "homelessness  not given            3              1 (33.3%)",
        "all cards                          4  1 (25.0%)   2 (50.0%)            1",
    ]


def test_json_holds_the_same_figures(store: str, capsysbinary: pytest.CaptureFixture[bytes]):
    found = json.loads(
        told(capsysbinary, "--store", store, *DAYS, "--by", "client", "--format", "json")
    )
    figures = {
        "shown": 4,
        "accepted": 1,
        "overridden": 2,
        "noFeedback": 1,
        "acceptanceRate": 0.25,
        "overrideRate": 0.5,
    }
    assert found == {
        "since": "2026-10-01",
        "until": "2026-10-31",
        "total": figures,
        "by": ["client"],
        "lines": [{"of": {"client": "valley-hospital"}} | figures],
        "feedbackOnUnknownCards": 1,
    }


def test_no_report_holds_a_comment(store: str, capsysbinary: pytest.CaptureFixture[bytes]):
    """It may name the patient."""
    for form in ("table", "json"):
        everything = ("--by", "service,population,client,reason", "--format", form)
        assert "Canary" not in told(capsysbinary, "--store", store, *DAYS, *everything)


def test_comments_are_printed_by_their_own_command(
    store: str, capsysbinary: pytest.CaptureFixture[bytes]
):
    """With the day, the service, the client and the reason; those of other days are not."""
    assert told(capsysbinary, "--store", store, *DAYS, command="comments") == (
        "2026-10-31  ecm-patient-view  valley-hospital  member-declined: Canary Jones said no\n"
    )
    november = ("--since", "2026-11-01", "--until", "2026-11-30")
    assert told(capsysbinary, "--store", store, *november, command="comments") == (
        "No comments came from 2026-11-01 to 2026-11-30.\n"
    )


def test_days_are_californias(store: str, capsysbinary: pytest.CaptureFixture[bytes]):
    """A second before midnight is in October's report, and not in November's."""
    november = ("--since", "2026-11-01", "--until", "2026-11-30")
    assert told(capsysbinary, "--store", store, *november) == (
        "Cards shown from 2026-11-01 to 2026-11-30\n\nNone.\n"
    )


def test_without_days_the_last_ninety_are_reported(
    store: str, capsysbinary: pytest.CaptureFixture[bytes]
):
    until = SHOWN.date() + timedelta(days=89)
    found = told(capsysbinary, "--store", store, "--until", str(until))
    assert found.startswith(f"Cards shown from {SHOWN.date()} to {until}\n")
    assert "all cards" in found


def test_the_store_comes_from_the_settings_too(
    store: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
):
    """From the file the service reads, and from the environment."""
    settings = tmp_path / "ecm.toml"
    settings.write_text(f'store = "{store}"\n')
    assert "all cards" in told(capsysbinary, "--settings", str(settings), *DAYS)
    monkeypatch.setenv("ECM_STORE", store)
    assert "all cards" in told(capsysbinary, *DAYS)


@pytest.mark.parametrize(
    ("arguments", "words"),
    (
        ((), "give --store, or set ECM_STORE"),
        (("--store", "sqlite:////nowhere/store.sqlite"), "No such file or directory"),
        (("--store", "mysql://user:hunter2@host/x"), "not the URL of an SQLite file"),
        (("--since", "2026-11-02", "--until", "2026-11-01"), "give the earlier day as --since"),
        (("--since", "02/11/2026"), "write it as YYYY-MM-DD"),
        (("--by", "diagnosis"), "choose from service, population, client, reason"),
    ),
)
def test_what_cannot_be_reported_is_told_in_one_line(
    arguments: tuple[str, ...], words: str, capsysbinary: pytest.CaptureFixture[bytes]
):
    """With what to do, and without a password."""
    message = refused(capsysbinary, *arguments)
    assert words in message
    assert message.count("\n") == 1
    assert "hunter2" not in message
