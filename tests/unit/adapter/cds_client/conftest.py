"""A stub of a CDS service, and the command run on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapter.cds_client.keys import write_key
from adapter.cli.main import main
from tests.unit.adapter.cds_client.stub import Stub, running_stub
from tests.unit.adapter.command import FIVE_VISITS, bundle

#: Exit code, standard output, standard error.
Ran = tuple[int, str, str]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with running_stub() as running:
        yield running


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """A patient with five visits."""
    file = tmp_path / "chart.json"
    file.write_bytes(bundle(*FIVE_VISITS))
    return file


@pytest.fixture
def cds_hooks(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs `ecm cds-hooks` with these arguments."""

    def run(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = main(["cds-hooks", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key."""
    private, _ = write_key(tmp_path_factory.mktemp("key"), "ES384")
    return private
