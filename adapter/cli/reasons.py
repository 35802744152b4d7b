"""The reasons of a determination as an indented text: the trace of each criterion, for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from adapter.cli.overview import add_header, exclusion_words, mark_of
from adapter.cli.screen import LEGEND, Piece, Screen
from eligibility.determination import (
    Determination,
    Evidence,
    ExclusionResult,
    Finding,
    Missing,
    PopulationResult,
    TraceNode,
    VariantResult,
)
from eligibility.logic import MET, NOT_MET, UNKNOWN
from eligibility.model import Exclusions, Group
from eligibility.packs import pack
from eligibility.policy_words import OPERATORS, passage
from eligibility.provenance import Interpretation
from eligibility.report import sorted_issues, undecided_exclusions
from eligibility.wording import FLAGS, OUTCOMES, POPULATION_TITLES, ask

_STEP = 2
_EVIDENCE_SHOWN = 8


def reasons(determination: Determination, *, only: Collection[str] | None) -> bytes:
    """The text for standard output; `only` names the populations to show (None: everything)."""
    screen = Screen()
    add_header(screen, determination)
    screen.line(*LEGEND)
    state = {one.id: one for one in determination.state}
    narrower = {one.population for one in determination.narrower}
    for result in (*determination.populations, *determination.overlays):
        if only is None or result.id in only:
            _add_population(screen, result)
            if result.id in narrower:
                screen.line(
                    "The state's text is wider than the plan's, and binds it:", indent=_STEP
                )
                for variant in state[result.id].variants:
                    _add_variant(screen, variant)
    if only is None:
        _add_exclusions(screen, determination)
        _add_rest(screen, determination)
    return screen.content()


def _add_population(screen: Screen, result: PopulationResult) -> None:
    number = f"{result.number} " if result.number else ""
    title = POPULATION_TITLES.get(result.id, result.id)
    words = "possible" if result.possible else OUTCOMES[result.outcome]
    screen.line()
    screen.line(
        (f"{number}{title}", "bold"),
        f" ({result.id}): {words}",
        lead=mark_of(result.outcome, possible=result.possible),
    )
    if not result.variants:
        screen.line("No text names this population.", indent=_STEP)
    for variant in result.variants:
        _add_variant(screen, variant)


def _add_variant(screen: Screen, result: VariantResult) -> None:
    policy = result.policy
    screen.line(
        policy.title,
        (f" · {policy.id}, version {policy.version}", "dim"),
        indent=_STEP,
        lead=mark_of(result.outcome, possible=result.possible),
    )
    inner = 2 * _STEP
    screen.line((passage(policy.source), "cyan"), indent=inner)
    if policy.provisional:
        screen.line((f"Provisional: {policy.provisional_because}", "magenta"), indent=inner)
    if result.reason is not None:
        screen.line(result.reason, indent=inner)
    for flag in result.flags:
        screen.line((f"Note: {FLAGS.get(flag, flag)}", "yellow"), indent=inner)
    if result.trace is not None:
        _add_node(screen, result.trace, policy.source.document, inner)
        _add_readings(screen, result.trace, policy.interpretations, inner)


def _add_node(screen: Screen, node: TraceNode, document: str, indent: int) -> None:
    """One criterion and those below it; `document` need not be named again."""
    criterion = node.criterion
    pieces: list[Piece] = []
    if isinstance(criterion, Group):
        operator = f"{OPERATORS[criterion.operator]}:"
        if criterion.rule is not None:
            pieces.append(f"{criterion.rule.rstrip('.')} – ")
        pieces.append((operator, "italic"))
    else:
        pieces.append(criterion.rule)
    if criterion.source is not None:
        pieces.append((f"  [{passage(criterion.source, within=document)}]", "cyan"))
    screen.line(*pieces, indent=indent, lead=mark_of(node.outcome))
    inner = indent + _STEP
    if node.finding is not None:
        _add_finding(screen, node.finding, inner)
    if criterion.interpretations:
        screen.line((f"Readings: {', '.join(criterion.interpretations)}", "dim"), indent=inner)
    for child in node.children:
        _add_node(screen, child, document, inner)


def _add_readings(
    screen: Screen, trace: TraceNode, known: Mapping[str, Interpretation], indent: int
) -> None:
    """The readings chosen where the text leaves room, each once, with what they change."""
    used = [known[id] for id in dict.fromkeys(_used(trace)) if id in known]
    if used:
        screen.line("Readings chosen where the text leaves room:", indent=indent)
    for one in used:
        screen.line(
            f"{one.question} ",
            one.choice,
            (f" Effect: {one.effect}", "dim"),
            indent=indent + _STEP,
            lead=(f"{one.id}: ", "dim"),
        )


def _used(node: TraceNode) -> Iterator[str]:
    yield from node.criterion.interpretations
    for child in node.children:
        yield from _used(child)


def _add_finding(screen: Screen, finding: Finding, indent: int) -> None:
    facts = []
    if finding.window is not None:
        facts.append(f"{finding.window.first} to {finding.window.last}")
    if finding.count is not None:
        low, high, wanted = finding.count.low, finding.count.high, finding.count.at_least
        found = (
            f"{low} or more" if high is None else str(low) if low == high else f"{low} to {high}"
        )
        facts.append(f"found {found}, asked for {wanted}")
    if facts:
        screen.line(
            "; ".join(facts), indent=indent, lead="Counted: " if finding.count else "Window: "
        )
    if finding.evidence:
        screen.line(_evidence(finding.evidence), indent=indent, lead="Evidence: ")
    if finding.reason is not None:
        screen.line(finding.reason, indent=indent)
    _add_missing(screen, finding.missing, indent)
    for flag in finding.flags:
        screen.line((f"Note: {FLAGS.get(flag, flag)}", "yellow"), indent=indent)


def _evidence(found: Iterable[Evidence]) -> str:
    ordered = sorted(set(found), key=lambda one: (str(one.on or ""), one.reference))
    shown = [
        one.reference if one.on is None else f"{one.reference} ({one.on})"
        for one in ordered[:_EVIDENCE_SHOWN]
    ]
    more = len(ordered) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _add_missing(screen: Screen, missing: Iterable[Missing], indent: int) -> None:
    for one in missing:
        asked = ask(one)
        who = f" ({', '.join(asked.who)})" if asked.who else ""
        screen.line((asked.text, "yellow"), (who, "dim"), indent=indent, lead="Missing: ")


def _add_exclusions(screen: Screen, determination: Determination) -> None:
    screen.heading("Exclusions and competing programs")
    text = pack(determination.plan, determination.policy_date or determination.as_of).exclusions
    undecided = undecided_exclusions(determination)
    for one in determination.exclusions:
        if one.outcome is MET or one in undecided:
            _add_exclusion(screen, one, text)
    quiet = [
        one for one in determination.exclusions if one.outcome is UNKNOWN and one not in undecided
    ]
    absent = [one for one in determination.exclusions if one.outcome is NOT_MET]
    for outcome, group in ((UNKNOWN, quiet), (NOT_MET, absent)):
        if group:
            titles = "; ".join(one.exclusion.title for one in group)
            words = "Unknown, and nothing points to it" if outcome is UNKNOWN else "Not met"
            screen.line(titles, indent=_STEP, lead=(f"{words}: ", "dim"))


def _add_exclusion(screen: Screen, result: ExclusionResult, text: Exclusions | None) -> None:
    screen.line(*exclusion_words(result), indent=_STEP, lead=mark_of(result.outcome))
    if result.reason is not None:
        screen.line(result.reason, indent=2 * _STEP)
    if result.trace is not None:
        document = "" if text is None else text.source.document
        _add_node(screen, result.trace, document, 2 * _STEP)
        if text is not None:
            _add_readings(screen, result.trace, text.interpretations, 2 * _STEP)


def _add_rest(screen: Screen, determination: Determination) -> None:
    review = determination.discretionary_review
    if review is not None:
        screen.heading("Discretionary review")
        screen.line(review.rule, indent=_STEP)
        screen.line((passage(review.source), "cyan"), indent=_STEP)
    if determination.issues:
        screen.heading("Issues with the data")
        for one in sorted_issues(determination.issues):
            where = " ".join(filter(None, (one.resource, one.expression)))
            screen.line(
                f"{one.details} {f'({where})' if where else ''}",
                indent=_STEP,
                lead=f"{one.severity}: ",
            )
