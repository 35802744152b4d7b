"""Every published rule that binds a service is held by a test, or says why not."""

from __future__ import annotations

import pytest

from adapter.cds_client.rules import Rule, rules
from tests.architecture import conformance
from tests.architecture.conformance import beyond, held_rules, sentences

HELD = {held.rule for held in held_rules()}
BINDING = tuple(one for one in rules().values() if one.binds_a_service)


@pytest.mark.parametrize("rule", BINDING, ids=lambda rule: rule.id)
def test_a_rule_that_binds_a_service_is_held_or_says_why_not(rule: Rule):
    """A test names it; otherwise the reason stands on the page."""
    assert rule.id in HELD or rule.not_tested


def test_every_rule_that_tests_name_is_a_published_one():
    """A mistyped number would hold nothing."""
    assert sorted(HELD - rules().keys()) == []


def test_what_has_no_number_is_held_by_tests_that_are_there():
    """A test that was renamed is noticed."""
    there = {test.partition("::")[2] for test in sentences()}
    assert [name for one in beyond() for name in one.names if name not in there] == []


def test_every_test_of_the_page_passed_in_its_last_run():
    """No failure, and nothing that was not run, is published."""
    wrong = {test: result for test, result in conformance.recorded().items() if result != "passed"}
    assert wrong == {}
