"""The answer on one screen: populations, exclusions that matter, and the questions left."""

from __future__ import annotations

from collections import Counter

from adapter.cli.screen import LEGEND, Piece, Screen, mark
from eligibility.determination import Determination, ExclusionResult, PopulationResult
from eligibility.logic import MET, NOT_MET, UNKNOWN, Outcome
from eligibility.report import questions, sorted_issues, undecided_exclusions
from eligibility.wording import (
    EXCLUSION_KINDS,
    FLAGS,
    OUTCOMES,
    POPULATION_TITLES,
    STATUSES,
)

#: More would push the populations off the screen; `ecm explain` has them all.
_QUESTIONS_SHOWN = 6

_TITLE_COLUMNS = max(map(len, POPULATION_TITLES.values())) + 2

_STATUS_STYLES = {"eligible": "bold green", "choice": "bold green", "possible": "bold yellow"}


def overview(determination: Determination, *, arguments: str) -> bytes:
    """One screen of text for standard output; `arguments` are those that ask the same again."""
    screen = Screen()
    add_header(screen, determination)
    screen.line()
    for result in determination.populations:
        _add_population(screen, result, determination)
    for result in determination.overlays:
        if result.outcome is not NOT_MET:
            _add_population(screen, result, determination)
    screen.line(*LEGEND, indent=2)
    _add_exclusions(screen, determination)
    _add_questions(screen, determination)
    _add_issues(screen, determination)
    screen.line()
    screen.line(f"ecm explain {arguments}", (" for the reasons", "dim"))
    return screen.content()


def add_header(screen: Screen, determination: Determination) -> None:
    """Who, by which plan, on which day, the status in words, and membership."""
    days = f"on {determination.as_of}"
    if determination.policy_date is not None:
        days += f" by the policies of {determination.policy_date}"
    screen.line((determination.member, "bold"), f" · plan {determination.plan} · {days}")
    status = determination.status
    screen.line((STATUSES[status], _STATUS_STYLES.get(status, "bold")), f" ({status})")
    membership = determination.membership
    screen.line(
        f"Membership {OUTCOMES[membership.outcome]}: {membership.reason}",
        lead=mark_of(membership.outcome),
    )


def mark_of(outcome: Outcome, *, possible: bool = False) -> Piece:
    """The mark and the space after it."""
    sign, style = mark(outcome, possible=possible)
    return f"{sign} ", style


def _add_population(screen: Screen, result: PopulationResult, determination: Determination) -> None:
    words = "possible" if result.possible else OUTCOMES[result.outcome]
    speaking = [one for one in result.variants if one.outcome is result.outcome]
    if result.outcome is MET:
        words += f" ({', '.join(one.policy.variant for one in speaking)})"
    for narrower in determination.narrower:
        if narrower.population == result.id:
            words += f"; {OUTCOMES[narrower.state]} by the state's text"
    flags = sorted(
        {flag for one in speaking for flag in one.flags if result.outcome is not NOT_MET}
    )
    number = str(result.number or "+")
    title = POPULATION_TITLES.get(result.id, result.id)
    screen.line(
        f"{number} {title:<{_TITLE_COLUMNS}}",
        (words, "" if result.outcome is not NOT_MET else "dim"),
        ("".join(f"; {FLAGS.get(flag, flag)}" for flag in flags), "dim"),
        indent=2,
        lead=mark_of(result.outcome, possible=result.possible),
    )


def _add_exclusions(screen: Screen, determination: Determination) -> None:
    undecided = undecided_exclusions(determination)
    shown = [one for one in determination.exclusions if one.outcome is MET or one in undecided]
    if not shown:
        return
    screen.heading("Other programs and services")
    for one in shown:
        screen.line(*exclusion_words(one), indent=2, lead=mark_of(one.outcome))


def exclusion_words(result: ExclusionResult) -> tuple[Piece, ...]:
    """What an exclusion is, what it means, and what to do instead."""
    words: list[Piece] = [result.exclusion.title, f": {EXCLUSION_KINDS[result.kind]}"]
    if result.outcome is UNKNOWN:
        words.append(", if it applies")
    if result.exclusion.alternative is not None and result.outcome is MET:
        words.append((f". {result.exclusion.alternative}", "dim"))
    return tuple(words)


def _add_questions(screen: Screen, determination: Determination) -> None:
    asked = questions(determination)
    if asked:
        settled = determination.status in ("eligible", "choice", "not-a-member", "excluded")
        screen.heading("Questions still open" if settled else "Questions that would decide")
        for item in asked[:_QUESTIONS_SHOWN]:
            who = f" ({', '.join(item['who'])})" if "who" in item else ""
            screen.line(item["question"], (who, "dim"), indent=2, lead="- ")
        if len(asked) > _QUESTIONS_SHOWN:
            screen.line(f"… and {len(asked) - _QUESTIONS_SHOWN} more", indent=4)
    elif determination.status == "undetermined":
        screen.line()
        screen.line("Nothing in the data points to a population; asking could still open one.")
    if determination.discretionary_review is not None:
        screen.line()
        screen.line(f"Discretionary review: {determination.discretionary_review.rule}")


def _add_issues(screen: Screen, determination: Determination) -> None:
    found = sorted_issues(determination.issues)
    if not found:
        return
    counts = Counter(one.severity for one in found)
    kinds = ", ".join(f"{counts[severity]} {severity}" for severity in counts)
    screen.line()
    screen.line(f"Issues with the data: {len(found)} ({kinds})")
