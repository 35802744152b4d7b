"""`ecm feedback`: what became of the cards that were shown, and what people wrote about them.

Days are California's, both included. A report counts the cards shown on them and holds no patient
data; comments, which may, are printed by their own command only.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec

from adapter import clock, settings
from adapter.cli.arguments import Once, day
from adapter.cli.output import write
from adapter.cli.serve import add_settings_file
from adapter.errors import UnusableInput

if TYPE_CHECKING:
    from adapter.cli.screen import Screen
    from adapter.store import Store
    from adapter.store.report import Dimension, Line, Report

#: As in `adapter.store.report`, which is loaded when a report is made.
_DIMENSIONS: tuple[Dimension, ...] = ("service", "population", "client", "reason")

#: Days in a report whose first day is not given, its last included.
_DAYS = 90

_HEADS = ("shown", "accepted", "overridden", "no feedback")

_EXAMPLES = """\
examples:
  ecm feedback report --store sqlite:////var/lib/ecm/store.sqlite
  ecm feedback report --since 2026-10-01 --until 2026-10-31 --by client,reason --format json"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand and its own."""
    parser = subparsers.add_parser(
        "feedback",
        help="what became of the cards that were shown",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    report = commands.add_parser(
        "report",
        help="how many cards were accepted, overridden or left alone, and why",
        description="Counts the cards shown on the days given, each once, with all feedback there "
        "is on\nthem. A card of several populations, or overridden for several reasons, counts for "
        "each\nof them.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    report.add_argument(
        "--by",
        metavar="WHAT",
        type=_dimensions,
        action=Once,
        help=f"a line for each of {', '.join(_DIMENSIONS)}, or for combinations: client,reason; "
        "default: service",
    )
    report.add_argument(
        "--format", choices=("table", "json"), default="table", help="default: table"
    )
    _add_days_and_store(report)
    report.set_defaults(run=_report)
    comments = commands.add_parser(
        "comments",
        help="what people wrote when they set a card aside",
        description="A line for each comment that came on the days given. Comments may name "
        "patients: treat what is printed like a chart. They are kept for 90 days.",
        allow_abbrev=False,
    )
    _add_days_and_store(comments)
    comments.set_defaults(run=_comments)


def _add_days_and_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--since",
        metavar="YYYY-MM-DD",
        type=day,
        action=Once,
        help=f"the first day; default: {_DAYS - 1} days before the last",
    )
    parser.add_argument(
        "--until", metavar="YYYY-MM-DD", type=day, action=Once, help="the last day; default: today"
    )
    parser.add_argument(
        "--store",
        metavar="URL",
        action=Once,
        help="the database of the service; default: the one its settings name",
    )
    add_settings_file(parser)


def _dimensions(text: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(one.strip() for one in text.split(",")))
    for one in chosen:
        if one not in _DIMENSIONS:
            raise argparse.ArgumentTypeError(
                f"{one!r} is nothing to report by; choose from {', '.join(_DIMENSIONS)}"
            )
    return chosen


def _report(options: argparse.Namespace) -> int:
    since, until = _days(options)
    with closing(_store(options)) as store:
        report = store.feedback_report(_start(since), _start(until + timedelta(days=1)))
    by: tuple[Dimension, ...] = options.by or ("service",)
    form = _json if options.format == "json" else _table
    write(form(report, by, (since, until)))
    return 0


def _comments(options: argparse.Namespace) -> int:
    from adapter.cli.screen import Screen

    since, until = _days(options)
    with closing(_store(options)) as store:
        comments = store.comments(_start(since), _start(until + timedelta(days=1)))
    screen = Screen()
    for one in comments:
        on = one.at.astimezone(clock.MEMBER_ZONE).date()
        why = ", ".join(one.reasons) or one.outcome
        screen.line((f"{on}  {one.service}  {one.client}  {why}: ", "dim"), one.text)
    if not comments:
        screen.line(f"No comments came from {since} to {until}.")
    write(screen.content())
    return 0


def _days(options: argparse.Namespace) -> tuple[date, date]:
    until: date = options.until or clock.today()
    since: date = options.since or until - timedelta(days=_DAYS - 1)
    if until < since:
        raise UnusableInput(
            f"--until {until} is before --since {since}; give the earlier day as --since"
        )
    return since, until


def _store(options: argparse.Namespace) -> Store:
    from adapter.store import Store

    url = settings.load({"store": options.store}, options.settings).store
    if not url:
        raise UnusableInput(
            "no store is named, so there is nothing to report on; give --store, or set ECM_STORE "
            "as for the service"
        )
    return Store.open_to_report(url)


def _start(of: date) -> datetime:
    return datetime.combine(of, time(), clock.MEMBER_ZONE)


def _json(report: Report, by: tuple[Dimension, ...], days: tuple[date, date]) -> bytes:
    total = report.total()
    written = {
        "since": days[0],
        "until": days[1],
        "total": msgspec.to_builtins(total),
        "by": by,
        "lines": msgspec.to_builtins(report.lines(by)),
        "feedbackOnUnknownCards": report.unknown_cards,
    }
    return msgspec.json.format(msgspec.json.encode(written)) + b"\n"


def _table(report: Report, by: tuple[Dimension, ...], days: tuple[date, date]) -> bytes:
    from adapter.cli.screen import Screen

    screen = Screen()
    screen.line((f"Cards shown from {days[0]} to {days[1]}", "bold"))
    screen.line()
    total = report.total()
    if total is None:
        screen.line("None.")
    else:
        rows = [(*(line.of[name] for name in by), *_figures(line)) for line in report.lines(by)]
        last = ("all cards", *("" for _ in by[1:]), *_figures(total))
        _add_table(screen, [(*by, *_HEADS), *rows, last], named=len(by))
    if report.unknown_cards:
        screen.line()
        screen.line(
            f"Feedback on cards that are not known: {report.unknown_cards}. They were shown by "
            "another service, or longer ago than cards are kept."
        )
    return screen.content()


def _add_table(screen: Screen, table: list[tuple[str, ...]], *, named: int) -> None:
    """The first row is bold, the first `named` columns are words, the others numbers."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for number, row in enumerate(table):
        cells = [
            f"{cell:<{width}}" if column < named else f"{cell:>{width}}"
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        screen.line(("  ".join(cells), "bold" if number == 0 else ""))


def _figures(line: Line) -> tuple[str, str, str, str]:
    return (
        str(line.shown),
        "" if line.accepted is None else _share(line.accepted, line.acceptance_rate),
        _share(line.overridden, line.override_rate),
        "" if line.no_feedback is None else str(line.no_feedback),
    )


def _share(many: int, rate: float | None) -> str:
    return f"{many} ({rate:.1%})" if many and rate is not None else str(many)
