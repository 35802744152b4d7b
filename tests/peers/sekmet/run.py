"""SEKMET's command line. Beside its own scenarios it runs those in `scenarios`, if started here."""

from __future__ import annotations

from sekmet.cli import app  # type: ignore[import-not-found]

app()
