"""The page of conformance shows every rule of the file, with its tests or why there is none."""

from __future__ import annotations

from adapter.cds_client.rules import rules
from adapter.workbench.operations.published_rules import Held, Test, conformance, sections


def test_every_published_rule_is_held_by_tests_or_says_why_not():
    told = {one.id for section in sections() for one in section.held}
    silent = {one.id for one in rules().values() if not one.binds_a_service}
    assert rules().keys() - told <= silent
    assert all(one.tests or one.not_tested for section in sections() for one in section.held)


def test_the_worst_result_of_its_tests_is_a_rules_result():
    def held(*results: str) -> str:
        tests = tuple(Test(name="t", says="s", result=one) for one in results)
        return Held(id="r", level="SHALL", binds="service", asks="a", tests=tests).result

    assert held("passed") == "passed"
    assert held("passed", "skipped") == "skipped"
    assert held("not run", "skipped") == "not run"
    assert held("passed", "failed", "not run") == "failed"


def test_no_rule_names_a_test_that_is_not_told():
    found = conformance()
    assert {test for tests in found.rules.values() for test in tests} <= found.tests.keys()
