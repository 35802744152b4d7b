"""The scripts of the pages, read by the TypeScript compiler: types stand in their comments."""

from __future__ import annotations

import subprocess

from tests.missing import without
from tests.peers.environments import PAGES, Unavailable


def test_the_compiler_finds_no_fault_in_any_script():
    """Strict: what may be missing is looked for, what is called is there."""
    try:
        command = PAGES.command("node_modules/typescript/bin/tsc")
    except Unavailable as reason:
        without(f"the scripts are not checked: {reason}")
    done = subprocess.run(
        (*command, "--project", str(PAGES.folder)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0
