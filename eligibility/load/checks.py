"""Finds all faults of policy files, and those that only show when files are put side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path, PurePosixPath

from msgspec import Struct

from eligibility.errors import PolicyError
from eligibility.load.folder import POLICIES, read_file
from eligibility.load.vocabulary import Vocabulary
from eligibility.model import Document, InForce, Policy

_LISTED = "documents.yaml"


class Checked(Struct, frozen=True, kw_only=True):
    """The result of a check."""

    files: int
    #: By file, then line.
    faults: tuple[PolicyError, ...]


def check(paths: Iterable[Path], vocabulary: Vocabulary | None) -> Checked:
    """All faults of the files, and of the YAML files in the folders, that `paths` name.

    Documents are looked up in the nearest `documents.yaml` above a file, else in the shipped one.
    """
    faults: list[PolicyError] = []
    policies: list[tuple[Path, Policy]] = []
    listed: dict[Path, Mapping[str, Document]] = {}
    files = _files(paths)
    for path in files:
        root = _root(path)
        if root not in listed:
            listed[root] = _documents(root)
        known: Mapping[str, Document] = {} if path.name == _LISTED else listed[root]
        content, found = read_file(path, _place(path, root), known, vocabulary, shown(path))
        faults += found
        if isinstance(content, Policy):
            policies.append((path, content))
    faults += _overlaps(policies)
    return Checked(files=len(files), faults=tuple(faults))


def _files(paths: Iterable[Path]) -> list[Path]:
    found: dict[Path, Path] = {}
    for path in paths:
        inside = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        for each in inside:
            found.setdefault(each.resolve(), each)
    return list(found.values())


def _root(path: Path) -> Path:
    for folder in path.resolve().parents[:2]:
        if (folder / _LISTED).is_file():
            return folder
    return POLICIES


def _place(path: Path, root: Path) -> PurePosixPath:
    whole = path.resolve()
    if whole.is_relative_to(root.resolve()):
        return PurePosixPath(whole.relative_to(root.resolve()).as_posix())
    return PurePosixPath(whole.parent.name, whole.name)


def _documents(root: Path) -> Mapping[str, Document]:
    content, _ = read_file(root / _LISTED, PurePosixPath(_LISTED), {})
    return content if isinstance(content, dict) else {}


def shown(path: Path) -> str:
    """A path as a person would type it: relative where it lies below the current folder."""
    whole, here = path.resolve(), Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(path)


def _overlaps(policies: list[tuple[Path, Policy]]) -> list[PolicyError]:
    faults = []
    for (first_path, one), (path, other) in combinations(policies, 2):
        if one.id == other.id and _overlap(one.in_force, other.in_force):
            faults.append(
                PolicyError(
                    file=shown(path),
                    line=_line_of_in_force(path),
                    fault=f"policy {other.id!r} is in force on days when {shown(first_path)} is "
                    "too; two texts would answer at once",
                    remedy="end the earlier one the day before the later begins",
                )
            )
    return faults


def _overlap(one: InForce, other: InForce) -> bool:
    return (other.last is None or one.first <= other.last) and (
        one.last is None or other.first <= one.last
    )


def _line_of_in_force(path: Path) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((at for at, line in enumerate(lines, 1) if line.startswith("in_force:")), 1)
