"""Which files the architecture tests read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: The packages that are shipped, from top to bottom.
PACKAGES = ("adapter", "cds_hooks", "mappings", "eligibility", "profiles")

#: Folders of Python code that is not shipped.
UNSHIPPED = {"benchmarks", "docs", "tests"}


def top_level_packages() -> set[str]:
    """Every top-level folder that holds Python code and is meant to be shipped."""
    return {
        folder.name
        for folder in ROOT.iterdir()
        if folder.is_dir()
        and not folder.name.startswith((".", "_"))
        and folder.name not in UNSHIPPED
        and next(folder.rglob("*.py"), None)
    }


def python_files(*folders: str) -> Iterator[Path]:
    """Every Python file below these top-level folders, in order; environments are not ours."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ".venv" not in path.parts:
                yield path
