"""Running `ecm`, within this process or installed as a user has it, and small inputs for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from unittest.mock import patch

from adapter.cli.main import main

ECM = Path(sys.executable).with_name("ecm")
EXAMPLES = Path(__file__).parents[2] / "examples" / "data"

Resource = dict[str, Any]


def ecm(
    *arguments: str | Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run `ecm` with these arguments within this process; keywords are set in its environment."""
    out, err = (TextIOWrapper(BytesIO(), "utf-8") for _ in range(2))
    with (
        TextIOWrapper(TemporaryFile()) as given,
        patch.dict("os.environ", _ENVIRONMENT | environment, clear=True),
        patch.multiple(sys, stdin=given, stdout=out, stderr=err),
    ):
        given.buffer.write(stdin)
        given.buffer.seek(0)
        code = main([*map(str, arguments)])
    written = []
    for stream in (out, err):
        stream.flush()
        written.append(stream.detach().getvalue())
    return subprocess.CompletedProcess(arguments, code, *written)


def ecm_installed(
    *arguments: str | Path, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """The same in a process of its own, which takes far longer."""
    return subprocess.run(
        [ECM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=_ENVIRONMENT | environment,
        timeout=60,
        check=False,
    )


#: Nothing of the machine the tests run on colours or reshapes the output.
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}


def bundle(*resources: Resource) -> bytes:
    """A collection Bundle of the resources."""
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def ndjson(*resources: Resource) -> bytes:
    """One resource a line."""
    return b"".join(json.dumps(resource).encode() + b"\n" for resource in resources)


def patient(id: str = "p1", **elements: object) -> Resource:
    """A Patient born in 1980."""
    return {"resourceType": "Patient", "id": id, "birthDate": "1980-04-02", **elements}


def emergency_visit(id: str, day: str, *, of: str = "p1") -> Resource:
    """A finished emergency visit."""
    return {
        "resourceType": "Encounter",
        "id": id,
        "status": "finished",
        "class": {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
            "code": "EMER",
        },
        "subject": {"reference": f"Patient/{of}"},
        "period": {"start": f"{day}T10:00:00-08:00", "end": f"{day}T15:00:00-08:00"},
    }


def avoidable(id: str, *, of: str = "p1", day: str = "2025-05-01") -> Resource:
    """A person's word that all visits to date could have been avoided."""
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {
            "coding": [
                {
                    "system": "https://ecm.example.org/fhir/CodeSystem/ecm-attestation",
                    "code": "avoidable-encounter",
                }
            ]
        },
        "subject": {"reference": f"Patient/{of}"},
        "effectiveDateTime": day,
        "valueBoolean": True,
    }


#: Met: population 2 of partnership on 2025-05-10.
FIVE_VISITS = (
    patient(),
    *(emergency_visit(f"e{month}", f"2025-0{month}-03") for month in range(1, 6)),
    avoidable("o1", day="2025-05-04"),
)


#: The environment of a terminal of sixty columns.
TERMINAL = {"PATH": os.defpath, "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLUMNS": "60"}


def read_terminal(ours: int) -> str:
    """Everything written until the other end is closed."""
    read = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # so Linux says that nobody writes any more
            break
        read += chunk
    os.close(ours)
    return read.decode().replace("\r\n", "\n")
