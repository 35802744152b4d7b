"""A token is good once: whoever sends it again, from wherever, is not let in."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapter.store import Store
from adapter.store.retention import CLEAR_EVERY
from tests.unit.adapter.store.showing import NOON, opened

#: A process of the service: opens the store, tries every token and prints how many were new.
WORKER = """
import sys
from datetime import UTC, datetime
from adapter.store import Store

sys.stdin.readline()
store = Store.open(sys.argv[1])
until = datetime(2100, 1, 1, tzinfo=UTC)
print(sum(store.first_time("https://ehr.example.org", str(n), until) for n in range(150)))
store.close()
"""


def test_a_token_is_new_once_for_each_issuer(store: Store):
    """The second use is refused; the same `jti` of another issuer is another token."""
    assert store.first_time("https://a.example.org", "t1", NOON)
    assert not store.first_time("https://a.example.org", "t1", NOON)
    assert store.first_time("https://b.example.org", "t1", NOON)


def test_issuer_and_jti_cannot_be_shifted_into_each_other(store: Store):
    """Claims that run into the same text are two tokens."""
    assert store.first_time("https://a.example.org/1", "2", NOON)
    assert store.first_time("https://a.example.org/", "12", NOON)
    assert store.first_time('https://a.example.org/", "1', "2", NOON)


@pytest.mark.parametrize("jti", ("\0", "\ud800", "x" * 100_000, "’ or 1=1 --"))
def test_any_text_is_a_jti(store: Store, jti: str):
    """Characters that databases do not take are no trouble, since only a digest is kept."""
    assert store.first_time("https://a.example.org", jti, NOON)
    assert not store.first_time("https://a.example.org", jti, NOON)


def test_of_a_thousand_sends_from_sixteen_threads_one_is_new(store: Store):
    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(
                lambda _: store.first_time("https://a.example.org", "t1", NOON), range(1000)
            )
        )
    assert sum(answers) == 1


def test_of_four_processes_that_start_at_once_one_takes_each_token(url: str):
    """None sees the tables half made, and every token is new for exactly one of them."""
    workers = [
        subprocess.Popen(
            (sys.executable, "-c", WORKER, url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    taken = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert sum(taken) == 150


def test_a_used_token_stays_used_over_a_restart(url: str):
    first = opened(url)
    assert first.first_time("https://a.example.org", "t1", NOON)
    first.close()
    second = opened(url)
    assert not second.first_time("https://a.example.org", "t1", NOON)
    second.close()


def test_a_forked_process_makes_connections_of_its_own(store: Store):
    """A worker that is a copy of this process shares what is stored, but no connection."""
    assert store.first_time("https://a.example.org", "before", NOON)
    child = os.fork()
    if child == 0:  # pragma: no cover - runs in the copy
        knows = not store.first_time("https://a.example.org", "before", NOON)
        takes = store.first_time("https://a.example.org", "child", NOON)
        store.close()
        os._exit(0 if knows and takes else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not store.first_time("https://a.example.org", "child", NOON)
    assert store.first_time("https://a.example.org", "after", NOON)


def test_tokens_that_ran_out_are_forgotten_and_no_others(url: str):
    """A token that ends this very second is still known; one of the second before is cleared."""
    store = opened(url)
    second = timedelta(seconds=1)
    assert store.first_time("https://a.example.org", "over", NOON - second)
    assert store.first_time("https://a.example.org", "ending", NOON)
    for number in range(CLEAR_EVERY):
        store.first_time("https://a.example.org", f"later {number}", NOON + second)
    assert not store.first_time("https://a.example.org", "ending", NOON)
    assert store.first_time("https://a.example.org", "over", NOON - second)
    store.close()
