"""The commands that README and CONTRIBUTING promise are there, and everything is pinned."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.sources import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "target",
    ("run", "test", "lint", "fmt", "bench", "peers", "policies", "docs", "lock", "clean", "help"),
)
def test_make_has_the_target_and_says_what_it_does(target: str) -> None:
    """`make help` lists every target with a sentence."""
    assert re.search(rf"^{target}:.*## \w", MAKEFILE, re.MULTILINE)
    assert re.search(rf"^\.PHONY:.*\b{target}\b", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize(
    "target", ("run", "test", "lint", "fmt", "bench", "peers", "policies", "docs")
)
def test_a_target_makes_its_own_environment(target: str) -> None:
    """A fresh clone runs any target at once."""
    assert re.search(rf"^{target}: \$\(READY\)", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize(
    "lock",
    (
        "requirements.lock",
        "requirements-dev.lock",
        "tests/peers/gunicorn/requirements.lock",
        "tests/peers/healthchain/requirements.lock",
    ),
)
def test_every_pinned_package_has_a_hash_and_no_address(lock: str) -> None:
    """What is installed is what was tested, from whichever index a user has."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = re.findall(r"^[a-z].*?(?=^[a-z]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.-]+==", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)


def test_the_development_lock_pins_what_is_shipped() -> None:
    """Tests run against the very versions of the runtime lock."""
    pins = [
        set(
            re.findall(
                r"^[\w.-]+==[^ ;\\]+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE
            )
        )
        for lock in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]


def test_the_command_is_called_ecm() -> None:
    """`ecm` starts adapter.cli.main."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"ecm": "adapter.cli.main:main"}
