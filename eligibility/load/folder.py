"""Reads a folder of policies: the texts cited, the tables, and one folder per plan.

```
documents.yaml  registry.yaml  aid-codes.yaml  questions.yaml
<plan>/plan.yaml  <plan>/exclusions.yaml  <plan>/<population>-<variant>[-<year>].yaml
```

A plan is read whole, and only when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TypeVar

from msgspec import Struct

from eligibility.errors import PolicyError, UnknownPlan
from eligibility.load.exclusions import exclusions
from eligibility.load.plan import documents, plan_info
from eligibility.load.policy import policy
from eligibility.load.reader import read
from eligibility.load.reading import Reading
from eligibility.load.tables import aid_codes, payors, questions
from eligibility.load.vocabulary import Vocabulary
from eligibility.model import POPULATIONS, Document, Exclusions, PlanInfo, Policy
from eligibility.tables import AidCode, Payors, Questions

#: The policies shipped with this package.
POLICIES = Path(__file__).parent.parent / "policies"

Content = (
    Policy | Exclusions | PlanInfo | Payors | Questions | dict[str, Document] | tuple[AidCode, ...]
)

_T = TypeVar("_T")


class PlanTexts(Struct, frozen=True, kw_only=True):
    """All files of one plan, in whatever period they are in force."""

    plan: PlanInfo
    #: By population number, overlays last, then variant, then first day in force.
    policies: tuple[Policy, ...]
    #: None: the plan states none.
    exclusions: Exclusions | None


class Folder:
    """One folder of policies. Each method reads its files anew, and raises on the first fault."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._documents: dict[str, Document] | None = None

    def plans(self) -> tuple[str, ...]:
        """Ids of the plans there are policies for."""
        return tuple(sorted(path.parent.name for path in self.root.glob("*/plan.yaml")))

    def documents(self) -> dict[str, Document]:
        """The texts that may be cited, by key."""
        if self._documents is None:
            self._documents = self._one("documents.yaml", dict, {})
        return self._documents

    def payors(self) -> Payors:
        """The registry of plans."""
        return self._one("registry.yaml", Payors)

    def aid_codes(self) -> tuple[AidCode, ...]:
        """What aid codes say."""
        return self._one("aid-codes.yaml", tuple)

    def questions(self) -> Questions:
        """What to ask."""
        return self._one("questions.yaml", Questions)

    def texts(self, plan: str) -> PlanTexts:
        """Everything one plan says.

        Raises:
            UnknownPlan: there is no folder of that name.
            PolicyError: a file of the plan cannot be used.
        """
        known = self.plans()
        if plan not in known:
            raise UnknownPlan(plan, known)
        found = {path.name: path for path in sorted((self.root / plan).glob("*.yaml"))}
        has_exclusions = found.pop("exclusions.yaml", None) is not None
        found.pop("plan.yaml", None)
        policies = [self._one(f"{plan}/{name}", Policy) for name in found]
        policies.sort(key=_order)
        return PlanTexts(
            plan=self._one(f"{plan}/plan.yaml", PlanInfo),
            policies=tuple(policies),
            exclusions=self._one(f"{plan}/exclusions.yaml", Exclusions) if has_exclusions else None,
        )

    def _one(self, place: str, kind: type[_T], cited: Mapping[str, Document] | None = None) -> _T:
        path = self.root / place
        known = self.documents() if cited is None else cited
        content, faults = read_file(path, PurePosixPath(place), known)
        if faults:
            raise faults[0]
        assert isinstance(content, kind)
        return content


def _order(one: Policy) -> tuple[int, str, str, int]:
    number = POPULATIONS.get(one.population, len(POPULATIONS) + 1)
    return number, one.population, one.variant, one.in_force.first.toordinal()


def read_file(
    path: Path,
    place: PurePosixPath,
    cited: Mapping[str, Document],
    vocabulary: Vocabulary | None = None,
    shown: str | None = None,
) -> tuple[Content | None, list[PolicyError]]:
    """What one file says, or None and all its faults in the order of their lines.

    `place` is its path below the folder of policies, which says what kind of file it is; `shown` is
    its name in messages.
    """
    reading = Reading(shown or str(path), cited, vocabulary)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        problem = error.strerror or "it cannot be opened"
        reading.fault(1, f"the file cannot be read: {problem}", "name a file that can")
        return None, reading.faults
    except UnicodeDecodeError:
        reading.fault(1, "the file is not UTF-8 text; it cannot be read", "save it as UTF-8")
        return None, reading.faults
    item = read(text, reading.file, reading.faults)
    content: Content | None = None
    if item is not None:
        simple = _TABLES.get(str(place))
        if simple is not None:
            content = simple(reading, item)
        elif place.name == "plan.yaml":
            content = plan_info(reading, item, place)
        elif place.name == "exclusions.yaml":
            content = exclusions(reading, item, place)
        else:
            content = policy(reading, item, place)
    reading.faults.sort(key=lambda fault: fault.line)
    return (None if reading.faults else content), reading.faults


_TABLES = {
    "documents.yaml": documents,
    "registry.yaml": payors,
    "aid-codes.yaml": aid_codes,
    "questions.yaml": questions,
}
