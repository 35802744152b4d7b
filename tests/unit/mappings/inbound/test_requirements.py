"""What the mappers declare that they need."""

from __future__ import annotations

import re

from eligibility.facts import Source
from mappings.inbound.resources import SOURCES, WANTED
from mappings.requirements import all_requirements, sources_by_key
from profiles.value_sets import concept_ids

#: What CDS Hooks lets a prefetch template ask without asking too much: an instance read, or a
#: search with token equality, `_count` and `_sort`.
READ = re.compile(r"[A-Z]\w+/\{\{context\.patientId\}\}")
SEARCH = re.compile(
    r"(?P<type>[A-Z]\w+)\?patient=\{\{context\.patientId\}\}"
    r"(&(category|code)=[\w:/.|-]+)?(&_sort=-\w+)?(&_count=\d+)?"
)
#: Read only where another resource refers to it, or for what it contains.
REFERRED_TO = {"Organization", "Location", "ExplanationOfBenefit"}


def test_every_type_that_is_read_is_declared():
    declared = {requirement.resource_type for requirement in all_requirements()}
    assert declared | REFERRED_TO == WANTED


def test_every_key_is_unique_and_a_word():
    keys = [requirement.key for requirement in all_requirements()]
    assert len(keys) == len(set(keys))
    assert all(key.isidentifier() for key in keys)
    assert set(sources_by_key()) == set(keys)


def test_every_query_is_one_that_any_client_can_answer():
    for requirement in all_requirements():
        read = READ.fullmatch(requirement.search)
        search = SEARCH.fullmatch(requirement.search)
        assert read or (search and search["type"] == requirement.resource_type)


def test_every_value_set_is_shipped():
    named = {name for requirement in all_requirements() for name in requirement.value_sets}
    assert named <= concept_ids()


def test_every_source_is_fed():
    fed: set[Source] = set()
    for requirement in all_requirements():
        fed.update(requirement.sources)
    assert fed == SOURCES
