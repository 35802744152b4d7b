"""The words policies may use, taken from what may be said on the wire.

`eligibility` knows nothing of `profiles`; here the two meet, so that a policy cannot ask for an
answer nobody can give or a concept no code stands for.
"""

from __future__ import annotations

from eligibility.load.vocabulary import Vocabulary
from profiles.codes import attestations, programs
from profiles.value_sets import concept_ids


def vocabulary() -> Vocabulary:
    """Attestation codes with their types, programmes one can be enrolled in, and concepts."""
    return Vocabulary(
        attestations={code: found.value for code, found in attestations().items()},
        programs=frozenset(code for code, found in programs().items() if found.enrolment),
        concepts=concept_ids(),
    )
