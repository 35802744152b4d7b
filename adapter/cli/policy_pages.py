"""A plan's policies as a person reads them: rules as a tree, values with dates, readings chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from adapter.cli.screen import Piece, Screen
from eligibility.load.folder import PlanTexts
from eligibility.model import (
    POPULATIONS,
    AgeRange,
    Exclusion,
    Exclusions,
    Group,
    InForce,
    Interpretation,
    Node,
    Parameter,
    PlanInfo,
    Policy,
)
from eligibility.policy_words import (
    OPERATORS,
    age_in_words,
    days,
    exclusion_kind,
    passage,
    test_in_words,
    value_on,
)
from eligibility.wording import OUTCOMES, POPULATION_TITLES

_STEP = 2


def add_plan(screen: Screen, texts: PlanTexts, day: date | None) -> None:
    """Everything one plan says; with a day, only what is in force on it."""
    info = texts.plan
    screen.line((info.title, "bold"), f" ({info.id})")
    review = info.discretionary_review
    if review is not None:
        whose = ", ".join(review.populations) if review.populations else "any population"
        screen.line(
            f"{review.rule} ",
            (f"[{passage(review.source)}]", "cyan"),
            indent=_STEP,
            lead=f"Discretionary review, {whose}: ",
        )
    for policy in texts.policies:
        add_policy(screen, policy, day)
    if texts.exclusions is not None:
        add_exclusions(screen, texts.exclusions, day)
    _add_rest(screen, info)


def add_policy(screen: Screen, policy: Policy, day: date | None) -> None:
    """One text, unless it is not in force on the day."""
    if day is not None and not policy.in_force.covers(day):
        return
    number = POPULATIONS.get(policy.population)
    screen.line()
    screen.line(
        (f"{number} " if number else "", "bold"),
        (POPULATION_TITLES.get(policy.population, policy.population), "bold"),
        f" · {policy.title}",
    )
    head = f"{policy.id} · version {policy.version} · in force "
    head += days(policy.in_force.first, policy.in_force.last)
    screen.line((head, "dim"), indent=_STEP)
    screen.line((passage(policy.source), "cyan"), indent=_STEP)
    if policy.provisional:
        screen.line((f"Provisional: {policy.provisional_because}", "magenta"), indent=_STEP)
    document = policy.source.document
    _add_phases(screen, policy.in_force, document, day)
    if policy.age is not None:
        _add_age(screen, policy.age, document)
    if policy.indicators:
        shown = " and ".join(" or ".join(names) for names in policy.indicators)
        screen.line(shown, indent=_STEP, lead="Possible with evidence on: ")
    _add_node(screen, policy.criteria, (policy.parameters, day, document), _STEP)
    _add_parameters(screen, policy.parameters.values(), day, document)
    _add_readings(screen, policy.interpretations.values())


def add_exclusions(screen: Screen, file: Exclusions, day: date | None) -> None:
    """Who may not receive ECM or must choose; with a day, only what is in force on it."""
    if day is not None and not file.in_force.covers(day):
        return
    screen.heading("Exclusions and competing programs")
    head = f"version {file.version} · in force {days(file.in_force.first, file.in_force.last)}"
    screen.line((head, "dim"), indent=_STEP)
    screen.line((passage(file.source), "cyan"), indent=_STEP)
    if file.provisional:
        screen.line((f"Provisional: {file.provisional_because}", "magenta"), indent=_STEP)
    for entry in file.entries:
        if day is None or entry.in_force is None or entry.in_force.covers(day):
            _add_exclusion(screen, entry, file, day)
    for rule in file.not_evaluated:
        screen.line(
            f"{rule.rule} {rule.because} ",
            (f"[{passage(rule.source, within=file.source.document)}]", "cyan"),
            indent=_STEP,
            lead="Not evaluated: ",
        )
    _add_parameters(screen, file.parameters.values(), day, file.source.document)
    _add_readings(screen, file.interpretations.values())


def _add_exclusion(screen: Screen, entry: Exclusion, file: Exclusions, day: date | None) -> None:
    pieces: list[Piece] = [
        (entry.title, "bold"),
        f" ({entry.id}): {exclusion_kind(entry, file, day)}",
    ]
    if entry.in_force is not None:
        pieces.append((f" · {days(entry.in_force.first, entry.in_force.last)}", "dim"))
    screen.line(*pieces, indent=_STEP)
    inner = 2 * _STEP
    if entry.alternative is not None:
        screen.line(entry.alternative, indent=inner)
    _add_node(screen, entry.criteria, (file.parameters, day, file.source.document), inner)


#: What a tree of criteria needs to be told: parameters, day, the document not named again.
_Setting = tuple[Mapping[str, Parameter], date | None, str]


def _add_node(screen: Screen, node: Node, setting: _Setting, indent: int) -> None:
    parameters, day, document = setting
    if isinstance(node, Group):
        rule = "" if node.rule is None else f"{node.rule.rstrip('.')} – "
        pieces: list[Piece] = [rule, (f"{OPERATORS[node.operator]}:", "italic")]
    else:
        pieces = [node.rule]
    if node.source is not None:
        pieces.append((f"  [{passage(node.source, within=document)}]", "cyan"))
    screen.line(*pieces, indent=indent)
    inner = indent + _STEP
    if not isinstance(node, Group):
        words = test_in_words(node.test, parameters, day)
        if node.in_force is not None:
            words += f" · in force {days(node.in_force.first, node.in_force.last)}"
        screen.line((words, "dim"), indent=inner, lead=(f"{node.id} = ", "dim"))
    if node.interpretations:
        screen.line((f"Readings: {', '.join(node.interpretations)}", "dim"), indent=inner)
    for child in node.children if isinstance(node, Group) else ():
        _add_node(screen, child, setting, inner)


def _add_phases(screen: Screen, in_force: InForce, document: str, day: date | None) -> None:
    for phase in in_force.phase_in:
        if day is None or day <= phase.last:
            screen.line(
                f"{', '.join(phase.counties)}; elsewhere {OUTCOMES[phase.elsewhere]} ",
                (f"[{passage(phase.source, within=document)}]", "cyan"),
                indent=_STEP,
                lead=f"Until {phase.last} only in: ",
            )


def _add_age(screen: Screen, age: AgeRange, document: str) -> None:
    where = (f"  [{passage(age.source, within=document)}]", "cyan")
    screen.line(age_in_words(age), where, indent=_STEP, lead="Age: ")


def _add_parameters(
    screen: Screen, parameters: Iterable[Parameter], day: date | None, document: str
) -> None:
    shown = [
        (parameter, value)
        for parameter in parameters
        for value in parameter.values
        if day is None or value.covers(day)
    ]
    if shown:
        screen.line("Values:", indent=_STEP)
    for parameter, value in shown:
        one = Parameter(name=parameter.name, unit=parameter.unit, values=(value,))
        screen.line(
            value_on(one, None),
            (f" · {days(value.first, value.last)}", "dim"),
            (f"  [{passage(value.source, within=document)}]", "cyan"),
            indent=2 * _STEP,
            lead=f"{parameter.name} = ",
        )


def _add_readings(screen: Screen, readings: Iterable[Interpretation], indent: int = _STEP) -> None:
    chosen = tuple(readings)
    if chosen:
        screen.line("Readings chosen where the text leaves room:", indent=indent)
    for one in chosen:
        pieces: list[Piece] = [f"{one.question} {one.choice} "]
        if one.alternatives:
            pieces.append((f"Instead of: {' / '.join(one.alternatives)} ", "dim"))
        pieces.append(f"Effect: {one.effect}")
        if one.source is not None:
            pieces.append((f"  [{passage(one.source)}]", "cyan"))
        screen.line(*pieces, indent=indent + _STEP, lead=(f"{one.id}: ", "bold"))


def _add_rest(screen: Screen, info: PlanInfo) -> None:
    if info.interpretations:
        screen.heading("The plan as a whole")
        _add_readings(screen, info.interpretations.values())
    if info.open_questions:
        screen.heading("Open questions for a policy owner")
        for question in info.open_questions:
            screen.line(question, indent=_STEP, lead="– ")
