"""The hook calls that are measured, of three sizes, and tokens to sign them with.

Each is about one member for whom there is a card with a referral, so the whole of an answer is
measured: a sample patient, with as much more of a chart as makes the size. With `ECM_TEST_DATA` the
rest is taken from Synthea records, else from the other samples over and over: encounters,
conditions, procedures and survey answers in equal numbers, each up to what the prefetch template
asks for (the samples are small, so that of them there are more).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle
from pathlib import Path
from time import time
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from adapter import clock
from adapter.samples import all_samples, hook_request, sample
from cds_hooks.prefetch import template
from mappings.requirements import all_requirements

#: Bytes of prefetch, by the name of the size.
SIZES = {"5 KB": 5_000, "100 KB": 100_000, "1 MB": 1_000_000}

#: By prefetch key, how many resources a client sends at most (`_count` of the template).
_MOST = {"encounters": 200, "conditions": 500, "procedures": 200, "answers": 500}

_MEMBER = "adult-in-a-shelter"
_INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"

ISSUER = "https://ehr.example.org"
_KEY_ID = "bench"


def bodies() -> dict[str, bytes]:
    """The body of a call of each size."""
    day = clock.today()
    member = sample(_MEMBER, day)
    call = hook_request(member, template(all_requirements()), hook_instance=_INSTANCE)
    size = len(orjson.dumps(call["prefetch"]))
    more = _more_of_a_chart(call["prefetch"], f"Patient/{member.patient_id}")
    made = {}
    for name, wanted in SIZES.items():
        while size < wanted:
            size += next(more)
        made[name] = orjson.dumps(call)
    return made


def _more_of_a_chart(prefetch: dict[str, Any], patient: str) -> Iterator[int]:
    """Adds one resource after another, of each type in turn; tells the bytes of each."""
    pool = _resources()
    resources = {key: cycle(found) for key, found in pool.items() if found}
    for number, key in enumerate(cycle(resources)):
        entries = prefetch[key].setdefault("entry", [])
        is_full = {one: len(prefetch[one].get("entry", ())) >= _MOST[one] for one in resources}
        if is_full[key] and not all(is_full.values()):
            continue
        own = {"id": f"more-{number}", "subject": {"reference": patient}}
        entry = {"resource": next(resources[key]) | own, "search": {"mode": "match"}}
        entries.append(entry)
        prefetch[key]["total"] = len(entries)
        yield len(orjson.dumps(entry)) + 1


def _resources() -> dict[str, list[dict[str, Any]]]:
    """By prefetch key."""
    folder = os.environ.get("ECM_TEST_DATA")
    if folder:
        files = sorted(Path(folder).glob("01*/*.json"))
        bundles = [orjson.loads(path.read_bytes()) for path in files]
    else:
        bundles = [one.bundle for one in all_samples(clock.today())]
    every = [entry["resource"] for bundle in bundles for entry in bundle["entry"]]
    types = {"encounters": "Encounter", "conditions": "Condition", "procedures": "Procedure"}
    found = {
        key: [one for one in every if one["resourceType"] == wanted]
        for key, wanted in types.items()
    }
    return found | {"answers": [one for one in every if _is_survey(one)]}


def _is_survey(resource: dict[str, Any]) -> bool:
    categories = resource.get("category", []) if resource["resourceType"] == "Observation" else []
    return any(
        coding.get("code") == "survey" for one in categories for coding in one.get("coding", [])
    )


class Tokens:
    """Signed tokens, each to be used once."""

    def __init__(self) -> None:
        self._key: RSAPrivateKey = generate_private_key(65537, 2048)
        self._numbers = count()

    def jwks(self) -> dict[str, Any]:
        """The public half."""
        jwk = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [jwk | {"kid": _KEY_ID, "use": "sig", "key_ops": ["verify"]}]}

    def signed(self, audience: str, number: int) -> list[bytes]:
        """So many, good for an hour; signed on all processors, ahead of what is measured."""
        at = int(time())

        def sign(jti: int) -> bytes:
            claims = {
                "iss": ISSUER,
                "aud": audience,
                "iat": at,
                "exp": at + 3600,
                "jti": f"{at}-{jti}",
            }
            return jwt.encode(claims, self._key, "RS384", {"kid": _KEY_ID}).encode()

        ids = [next(self._numbers) for _ in range(number)]
        with ThreadPoolExecutor() as pool:
            return list(pool.map(sign, ids, chunksize=64))
