"""Arguments and input to determination: what `evaluate` and `explain` both do."""

from __future__ import annotations

import argparse

import msgspec

from adapter.cli.arguments import as_of
from adapter.cli.inputs import opened_input
from adapter.cli.ndjson import LinesAbout
from adapter.errors import UnusableInput
from adapter.question import before_ecm
from eligibility.determination import Determination
from eligibility.errors import NoPolicyInForce
from eligibility.evaluate import evaluate
from eligibility.facts import Issue, MemberFacts
from eligibility.membership import STATE
from eligibility.packs import pack
from mappings.errors import EmptyBundle, NoPatient, PatientNotFound, SeveralPatients
from mappings.inbound.bundle import read_member


def determine(options: argparse.Namespace) -> Determination:
    """The determination the arguments ask for.

    Raises:
        UnusableInput: FILE cannot be read, or holds no member or several, or no policy is in force.
        UnknownPlan, MappingError: as `eligibility.packs.pack` and `mappings.inbound.bundle`.
    """
    day = as_of(options)
    try:
        # Before a perhaps large input is read: the plan and the policy date are known.
        pack(options.plan or STATE, options.policy_date or day)
    except NoPolicyInForce as fault:
        option = "--as-of" if options.policy_date is None else "--policy-date"
        remedy = "give --policy-date {began} or later to judge by later rules"
        raise UnusableInput(f"argument {option}: {before_ecm(fault, remedy)}") from None
    return evaluate(
        read_facts(options.file, options.patient),
        plan=options.plan,
        as_of=day,
        policy_date=options.policy_date,
        complete=tuple(options.complete),
    )


def read_facts(file: str, patient: str | None) -> MemberFacts:
    """What FILE says of the member; in NDJSON the lines about others are passed over.

    Raises:
        UnusableInput: the file cannot be read, or it is not clear who is meant.
        MappingError: it holds no FHIR.
    """
    with opened_input(file) as data:
        try:
            if patient is None or isinstance(data, bytes):
                return read_member(data, patient=patient)
            return _read_lines(LinesAbout(data, patient), patient)
        except (SeveralPatients, PatientNotFound) as fault:
            raise UnusableInput(f"{fault}, with --patient Patient/ID") from None


def _read_lines(lines: LinesAbout, patient: str) -> MemberFacts:
    try:
        facts = read_member(lines, patient=patient)
    except (EmptyBundle, NoPatient):
        if not lines.others:
            raise
        raise UnusableInput(
            f"no line is about {patient}: name somebody who is there, with --patient Patient/ID"
        ) from None
    if not lines.left_out:
        return facts
    left_out = Issue(
        severity="information",
        code="other-patient",
        details=f"{lines.left_out} resources are about other patients that were given, and were"
        " left out",
    )
    return msgspec.structs.replace(facts, issues=(*facts.issues, left_out))
