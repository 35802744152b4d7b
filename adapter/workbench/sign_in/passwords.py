"""Passwords: which may be used, how they are kept, and whether one is right.

They are kept as scrypt makes them, with the costs that OWASP names for it (N=2^15, r=8, p=3). One
takes a fifth of a second and 32 MB, so only few are looked at at once, and a call that would have
to wait for long is sent away.
"""

from __future__ import annotations

import re
from threading import BoundedSemaphore
from unicodedata import normalize

from werkzeug.security import check_password_hash, generate_password_hash

#: NIST SP 800-63B-4 asks for 15 characters where nothing else proves who somebody is.
SHORTEST = 15
_LONGEST = 1000
_METHOD = "scrypt:32768:8:3"
_HASH = re.compile(r"scrypt:(\d{5,7}):(\d{1,2}):(\d)\$[A-Za-z0-9]{8,64}\$[0-9a-f]{128}")
#: N · p of scrypt that is enough.
_LEAST = 2**15 * 3
_MOST_MEMORY = 2**17

#: How many are looked at at once, and how long another one waits for its turn.
_TURNS = BoundedSemaphore(2)
_WAIT_SECONDS = 3.0

#: Words that people put together to passwords that are guessed first, longer ones before those
#: they begin with.
_COMMON = re.compile(
    r"administrator|admin|changeme|change|correct|horse|battery|staple|default|example|password"
    r"|passwort|passw0rd|welcome|letmein|qwerty|asdfgh|secret|workbench|sandbox|hospital|medi-?cal"
    r"|login|user|test|demo|root|ecm|me|[\W\d_]"
)


class Busy(Exception):
    """Too many passwords are being looked at."""


def unfit(password: str, name: str = "") -> str:
    """Why nobody may have this password, and what to do; empty: they may."""
    plain = normalize("NFKC", password).casefold()
    if len(plain) < SHORTEST:
        return f"the password has less than {SHORTEST} characters; take several words"
    if len(plain) > _LONGEST:
        return f"the password has more than {_LONGEST} characters"
    rest = plain.replace(name.casefold(), "") if name else plain
    if len(set(plain)) < 6 or not _COMMON.sub("", rest):
        return "the password is one that is guessed early; take several words of your own"
    return ""


def hashed(password: str) -> str:
    """The password as it is kept."""
    return generate_password_hash(normalize("NFKC", password), _METHOD)


#: Looked at where there is no account, so that it takes as long. Nobody knows a password for it.
NOBODYS = f"{_METHOD}$nobodyhasthis000${'0' * 128}"


def hash_fault(text: str) -> str:
    """Why a text is no password as it is kept here; empty: it is one."""
    found = _HASH.fullmatch(text)
    if found is None:
        return "is no hash; write what `ecm accounts hash` prints"
    cost, block, parallel = map(int, found.groups())
    is_power = cost & (cost - 1) == 0
    if not is_power or cost * parallel < _LEAST or block < 8 or cost > _MOST_MEMORY:
        return "is made too cheaply or too dearly; make it anew with `ecm accounts hash`"
    if text == NOBODYS:
        return "is no hash; write what `ecm accounts hash` prints"
    return ""


def matches(kept: str, password: str) -> bool:
    """Whether it is the password.

    Raises:
        Busy: too many are being looked at; it was not.
    """
    if not _TURNS.acquire(timeout=_WAIT_SECONDS):
        raise Busy
    try:
        return check_password_hash(kept, normalize("NFKC", password[: _LONGEST + 1]))
    finally:
        _TURNS.release()
