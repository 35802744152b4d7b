"""`ecm settings show`: every setting of the service, its value, where that came from, what it does.

Secrets are not shown: a password in the store's URL, the token of the metrics.
"""

from __future__ import annotations

import argparse

import msgspec

from adapter import settings
from adapter.cli.output import write
from adapter.cli.screen import Screen
from adapter.cli.serve import add_settings_file
from adapter.deployment import refusal
from adapter.settings import MEANINGS, Loaded
from adapter.settings_shown import mode, shown, words


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "settings",
        help="what can be set about the service, and what is set",
        description="Settings come from their defaults, from a TOML file, from the environment "
        "(ECM_HOST sets host) and from the options of `ecm serve`; the last of these that names "
        "one decides.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    show = commands.add_parser(
        "show",
        help="every setting with its value and where it came from",
        description="Shows what `ecm serve` would run with if it were started here and now. "
        "Passwords and tokens are not shown.",
        allow_abbrev=False,
    )
    add_settings_file(show)
    show.add_argument(
        "--format", choices=("text", "json"), default="text", help="default: %(default)s"
    )
    show.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    loaded = settings.read(file=options.settings)
    write(_as_json(loaded) if options.format == "json" else _as_text(loaded))
    return 0


def _as_text(loaded: Loaded) -> bytes:
    screen = Screen()
    screen.line(mode(loaded.settings))
    width = max(map(len, MEANINGS))
    for name, meaning in MEANINGS.items():
        value = shown(loaded.settings, name)
        source = loaded.sources[name]
        screen.line()
        screen.line(
            ("not set" if value in (None, ()) else words(value), "bold"),
            (f"  ({source})", "dim" if source == "default" else "cyan"),
            lead=f"{name:{width}}  ",
        )
        screen.line((meaning, "dim"), indent=width + 2)
    return screen.content()


def _as_json(loaded: Loaded) -> bytes:
    rows = [
        {
            "name": name,
            "value": shown(loaded.settings, name),
            "source": loaded.sources[name],
            "variable": settings.variable(name),
            "meaning": meaning,
        }
        for name, meaning in MEANINGS.items()
    ]
    told = {
        "development": loaded.settings.development,
        "refused": refusal(loaded.settings),
        "settings": rows,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"
