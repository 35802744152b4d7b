"""The imports of the architecture: direction, purity, a home per library, one reader of the world.

The contracts themselves stand in pyproject.toml (`[tool.importlinter]` and ruff's `banned-api`);
these tests run them, and hold that they leave nothing out.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import PACKAGES, ROOT, python_files, top_level_packages

SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "tool"
]
CONTRACTS: list[dict[str, Any]] = SETTINGS["importlinter"]["contracts"]

#: Libraries that any module may use: records and partial decoding are the language of the project.
EVERYWHERE = {"msgspec"}

#: What each module that touches the outside world is the only one to read, as ruff names it.
READERS = {
    "adapter/clock.py": ("datetime.", "time."),
    "adapter/ids.py": ("uuid.", "secrets", "random", "os.urandom"),
    "adapter/settings.py": ("os.environ", "os.environb", "os.getenv"),
}


def imported_names(file: Path) -> set[str]:
    """The full names of all modules a file imports, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def libraries(*folders: str) -> set[str]:
    """The third-party libraries that the files of these packages import."""
    own_and_standard = sys.stdlib_module_names | set(PACKAGES)
    return {
        name.partition(".")[0]
        for file in python_files(*folders)
        for name in imported_names(file)
        if name.partition(".")[0] not in own_and_standard
    }


def test_every_import_contract_holds() -> None:
    """`lint-imports` finds nothing to complain of."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [str(linter), "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_package_of_the_project_is_under_contract() -> None:
    """A new top-level package is layered, linted, typed and shipped, or this fails."""
    assert set(PACKAGES) == top_level_packages()
    assert set(PACKAGES) == set(SETTINGS["importlinter"]["root_packages"])
    assert set(PACKAGES) == set(SETTINGS["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert set(PACKAGES) <= set(SETTINGS["mypy"]["files"])
    assert all((ROOT / package / "py.typed").exists() for package in PACKAGES)


def test_every_library_has_a_home() -> None:
    """A third-party library is imported only once a contract says where it lives."""
    housed = {
        library
        for contract in CONTRACTS
        if contract["id"].startswith("home-of-")
        for library in contract["forbidden_modules"]
    }
    assert libraries(*PACKAGES) - EVERYWHERE - housed == set()


def test_eligibility_knows_the_standard_library_records_and_yaml_alone() -> None:
    """Reasoning needs no more than msgspec and a reader of policy files."""
    assert libraries("eligibility") <= {"msgspec", "yaml"}


def test_only_the_adapter_opens_connections() -> None:
    """`urllib.request` and its like hide inside a package whose other parts are harmless."""
    opening = {"urllib.request", "http.client", "http.server", "xmlrpc.client", "asyncio"}
    for file in python_files("cds_hooks", "eligibility", "mappings", "profiles"):
        assert not imported_names(file) & opening, file.relative_to(ROOT)


@pytest.mark.parametrize(
    "line",
    (
        "from datetime import date; date.today()",
        "from datetime import datetime, UTC; datetime.now(UTC)",
        "import time; time.time()",
        "import os; os.environ['HOME']",
        "from os import getenv",
        "import uuid; uuid.uuid4()",
        "import random",
        "from secrets import token_hex",
    ),
)
@pytest.mark.parametrize("module", ("eligibility/evaluate.py", "adapter/app.py"))
def test_only_one_module_reads_the_clock_random_ids_and_the_environment(
    module: str, line: str
) -> None:
    """Ruff refuses the line anywhere but in its home."""
    assert "TID251" in ruff(line, module)


@pytest.mark.parametrize("module", [name for name in READERS if (ROOT / name).exists()])
def test_a_reader_of_the_world_reads_its_own_part_only(module: str) -> None:
    """adapter.clock makes no ids, adapter.ids reads no clock, adapter.settings does neither."""
    source = (ROOT / module).read_text(encoding="utf-8")
    findings = ruff(source, "eligibility/evaluate.py")
    banned = {line.split("`")[1] for line in findings.splitlines() if " TID251 " in line}
    assert {name for name in banned if not name.startswith(READERS[module])} == set()


def ruff(source: str, as_file: str) -> str:
    """What ruff's ban on reading the world says about a source, were it that file."""
    run = subprocess.run(
        [
            str(Path(sys.executable).with_name("ruff")),
            "check",
            "--select=TID251",
            "--no-cache",
            "--output-format=concise",
            f"--stdin-filename={as_file}",
            "-",
        ],
        cwd=ROOT,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stderr
    return run.stdout
