"""Settings are shown without their secrets, and with where a running service has them from."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapter import settings
from adapter.settings import MEANINGS, SECRETS, Settings
from adapter.settings_shown import AT_THE_START, shown, sources, words


def test_no_secret_is_shown():
    running = Settings(
        store="postgresql+psycopg://ecm:canary@db/ecm",
        metrics_token="canary",
        smtp_url="smtp://me:canary@mail.example",
    )
    for name in MEANINGS:
        assert "canary" not in words(shown(running, name))
    assert all(shown(Settings(), name) is None for name in SECRETS)


def test_what_neither_defaults_nor_the_environment_say_was_given_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("ECM_THREADS", "4")
    running = replace(settings.load(), port=8181)
    told = sources(running)
    assert (told["threads"], told["port"], told["host"]) == (
        "ECM_THREADS",
        AT_THE_START,
        "default",
    )
