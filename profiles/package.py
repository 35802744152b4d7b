"""Everything under `definitions/` as a FHIR package: the NPM layout of implementation guides.

Format: https://confluence.hl7.org/display/FHIR/NPM+Package+Specification. `files(base)` gives the
files; the same base gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from profiles.canonicals import DEFAULT_BASE
from profiles.topics import as_basic, topic_resources

NAME = "ecm.adapter.referral"
VERSION = "0.2.0"

_DEFINITIONS = Path(__file__).parent / "definitions"
#: Folders of resources, in the order they are published; topics are written apart.
_FOLDERS = (
    *("capability_statements", "operations", "structure", "bindings", "value_sets"),
    *("code_systems", "concept_maps", "search_parameters", "questionnaires"),
)
_DEPENDENCIES = {
    "hl7.fhir.r4.core": "4.0.1",
    "hl7.fhir.us.core": "7.0.0",
    "hl7.fhir.us.sdoh-clinicalcare": "3.0.0",
    "hl7.fhir.uv.subscriptions-backport.r4": "1.1.0",
}
#: What `.index.json` says of a file, as far as its resource has it.
_INDEXED = ("resourceType", "id", "url", "version", "kind", "type")


def resources(base: str = DEFAULT_BASE) -> Iterator[dict[str, Any]]:
    """Give every shipped definition as FHIR R4, under `base`."""
    for folder in _FOLDERS:
        yield from _read(folder, base)
    yield from map(as_basic, topic_resources(base))


def examples(base: str = DEFAULT_BASE) -> Iterator[dict[str, Any]]:
    """Give the examples of the profiles, under `base`."""
    yield from _read("examples", base)


def files(base: str = DEFAULT_BASE) -> Mapping[str, bytes]:
    """Give the files of the package by their path in it, `package/package.json` first.

    Args:
        base: the canonical base everything is published under.
    """
    base = base.rstrip("/")
    made = {"package/package.json": _json(_manifest(base))}
    for folder, found in (("package", resources(base)), ("package/example", examples(base))):
        named = {f"{one['resourceType']}-{one['id']}.json": one for one in found}
        made[f"{folder}/.index.json"] = _json(_index(named))
        made |= {f"{folder}/{name}": _json(one) for name, one in named.items()}
    return made


def archive(contents: Mapping[str, bytes]) -> bytes:
    """Give the files as one `.tgz`, as registries keep it."""
    stream = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path, content in contents.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            entry.mode = 0o644
            tar.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _read(folder: str, base: str) -> Iterator[dict[str, Any]]:
    for file in sorted((_DEFINITIONS / folder).glob("*.json")):
        text = file.read_text(encoding="utf-8").replace(DEFAULT_BASE, base)
        yield msgspec.json.decode(text)


def _manifest(base: str) -> dict[str, Any]:
    return {
        "name": NAME,
        "version": VERSION,
        "type": "Conformance",
        "title": "ECM referral exchange",
        "description": "Profiles, codes, forms and topics of referrals to Medi-Cal Enhanced Care "
        "Management (FHIR R4)",
        "canonical": base,
        "fhirVersions": ["4.0.1"],
        "dependencies": _DEPENDENCIES,
        "author": "ECM adapter project",
        "license": "Apache-2.0",
        "directories": {"lib": "package", "example": "example"},
    }


def _index(named: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "index-version": 1,
        "files": [
            {
                "filename": name,
                # Of a resource that defines something; a Bundle and a Task have other kinds.
                **{
                    key: one[key]
                    for key in _INDEXED
                    if isinstance(one.get(key), str) and ("url" in one or key in _INDEXED[:2])
                },
            }
            for name, one in named.items()
        ],
    }


def _json(value: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
