"""What can be set about the service, and from where. One file because what is set is read so.

The table of settings is what most readers look for; the reader below it, the only one of the
environment, gives it meaning.

Each value comes from the last of these that names it: the default, the settings file (TOML, named
by `--settings` or `ECM_SETTINGS`), an environment variable (`ECM_` and the name in capitals), a
flag of the command. A name that is not known or a value that cannot be used is an error, never
passed over. `ecm settings show` lists every value and its source.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from adapter.errors import UnusableInput
from adapter.referrals.choices import TenantChoices
from adapter.setting_values import CHECKS, SUPPRESSION_DAYS
from profiles.canonicals import DEFAULT_BASE

#: Names the settings file.
FILE_VARIABLE = "ECM_SETTINGS"
_PREFIX = "ECM_"

#: Variables of that prefix that are not ours: of the tests, and those that Kubernetes makes up for
#: a Service called `ecm`. (`ECM_PORT` it makes up too: set `enableServiceLinks: false`.)
_FOREIGN = re.compile(r"ECM_(TEST_|SERVICE_(HOST|PORT)|PORT_\d+_)")

#: Flags that are repeated, a value each, and so are not called as their setting.
REPEATED = {"origins": "--origin", "fhir_servers": "--fhir-server"}

#: May be given as a file that holds the value, the way containers are given secrets.
SECRETS = ("store", "metrics_token", "smtp_url")


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting, usable as it stands; its description is what a reader is told of it."""

    host: Annotated[str, Meta(description="the IP address to listen on")] = "127.0.0.1"
    port: Annotated[
        int,
        Meta(ge=0, le=65535, description="the TCP port to listen on; 0 takes one that is free"),
    ] = 8080
    workers: Annotated[
        int, Meta(ge=1, le=256, description="how many processes answer calls, 1 to 256")
    ] = 1
    threads: Annotated[
        int, Meta(ge=1, le=256, description="how many calls each process answers at once, 1 to 256")
    ] = 16
    #: Without a slash at the end.
    public_base: Annotated[
        str,
        Meta(
            description="the URL by which clients know this service, https://host[/path]; tokens "
            "must name it. Empty: the address listened on"
        ),
    ] = ""
    #: Without a slash at the end.
    canonical_base: Annotated[
        str, Meta(description="the URL under which this deployment publishes its code systems")
    ] = DEFAULT_BASE
    clients: Annotated[
        Path | None,
        Meta(description="the file that registers clients (TOML); without one: development mode"),
    ] = None
    store: Annotated[
        str,
        Meta(
            description="the database, sqlite:////absolute/path.sqlite or "
            "postgresql+psycopg://user@host/name. Empty: a temporary one, in development mode only"
        ),
    ] = ""
    partners: Annotated[
        Path | None,
        Meta(
            description="the file of the organizations that referrals are exchanged with (TOML); "
            "without one: nobody"
        ),
    ] = None
    sign_in: Annotated[
        Path | None,
        Meta(
            description="the file of those who may sign in to the workbench (TOML); without one "
            "and with registered clients: no workbench"
        ),
    ] = None
    background: Annotated[
        bool,
        Meta(
            description="whether the service also sends notifications and referrals; false where "
            "`ecm worker` does"
        ),
    ] = True
    smtp_url: Annotated[
        str,
        Meta(
            description="the mail server for notifications, smtp://[user:password@]host[:port] or "
            "smtps://…; without one: no e-mail"
        ),
    ] = ""
    mail_from: Annotated[
        str, Meta(description="the address that notifications by e-mail come from")
    ] = ""
    origins: Annotated[
        tuple[str, ...],
        Meta(description="pages that may call, https://host[:port], besides those of clients"),
    ] = ()
    fhir_servers: Annotated[
        tuple[str, ...],
        Meta(description="base URLs of the FHIR servers that callers may name in development mode"),
    ] = ()
    ca_file: Annotated[
        Path | None, Meta(description="authorities to trust (PEM). Without it: certifi's")
    ] = None
    deadline_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=60,
            description="how long fetching missing data may take in development mode, up to 60; "
            "a registered client has its own",
        ),
    ] = 4.0
    suppression_days: Annotated[
        dict[str, Annotated[int, Meta(ge=0)]],
        Meta(description="for how many days a card is not shown again, by what was answered to it"),
    ] = msgspec.field(default_factory=SUPPRESSION_DAYS.copy)
    referral_choices: Annotated[
        dict[str, TenantChoices],
        Meta(
            description="by tenant, what it takes where the texts about referrals leave room: "
            "correction, cancellation, completion, timers; in the settings file only"
        ),
    ] = msgspec.field(default_factory=dict)
    log: Annotated[
        Literal["stderr", "stdout", "off"],
        Meta(description="where the log goes: stderr, stdout or off"),
    ] = "stderr"
    log_level: Annotated[
        Literal["info", "warning", "error"],
        Meta(description="the least that is logged: info (a line a call), warning or error"),
    ] = "info"
    metrics_token: Annotated[
        str,
        Meta(
            description="the Bearer token that /metrics asks for. Empty: /metrics is answered in "
            "development mode only"
        ),
    ] = ""

    @property
    def development(self) -> bool:
        """Whether nobody is asked who they are, which is allowed on this machine only."""
        return self.clients is None


_TYPES = get_type_hints(Settings, include_extras=True)

#: What each setting does, by name, in the order they are shown.
MEANINGS: Mapping[str, str] = {
    name: _TYPES[name].__metadata__[0].description for name in Settings.__struct_fields__
}


class Loaded(Struct, frozen=True):
    """Settings and where each value came from: `default`, a file, a variable or a flag."""

    settings: Settings
    sources: Mapping[str, str]


def load(given: Mapping[str, object] | None = None, file: Path | None = None) -> Settings:
    """The settings of this process.

    Args:
        given: values of flags by setting; None stands for a flag that was not given.
        file: the settings file; None: the one `ECM_SETTINGS` names, if any.

    Raises:
        UnusableInput: a name or value that cannot be used: where it stands and what to do.
    """
    return read(given, file, os.environ).settings


def read(
    given: Mapping[str, object] | None = None,
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded:
    """The same for any environment (None: that of this process), with the sources."""
    environment = os.environ if environment is None else environment
    if file is None and environment.get(FILE_VARIABLE):
        file = Path(environment[FILE_VARIABLE])
    found: dict[str, tuple[object, str]] = {}
    if file is not None:
        found |= _from_file(file)
    found |= _from_environment(environment)
    for name, value in (given or {}).items():
        if value is not None:
            found[name] = (value, flag(name))
    values = {name: _checked(name, value, source) for name, (value, source) in found.items()}
    sources = {name: found[name][1] if name in found else "default" for name in MEANINGS}
    return Loaded(Settings(**values), sources)


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return _PREFIX + name.upper()


def flag(name: str) -> str:
    """The flag of a setting."""
    return REPEATED.get(name, "--" + name.replace("_", "-"))


def share_metrics(folder: Path) -> None:
    """Have all processes keep their metrics in that folder; before any metric is made."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _from_file(file: Path) -> dict[str, tuple[object, str]]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise UnusableInput(f"settings file {file}: {fault.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UnusableInput(f"settings file {file} is not TOML: {fault}") from None
    for name in table:
        if name not in MEANINGS:
            raise UnusableInput(_unknown(f"settings file {file}", name, MEANINGS))
    for name in ("clients", "partners", "sign_in"):
        if isinstance(table.get(name), str):
            # As its writer sees it, wherever the service is started.
            table[name] = str(file.parent / table[name])
    return {name: (value, f"{file}: {name}") for name, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    variables = {variable(name): name for name in MEANINGS}
    in_files = {f"{variable(name)}_FILE": name for name in SECRETS}
    found: dict[str, tuple[object, str]] = {}
    for key, value in environment.items():
        if key in variables:
            found[variables[key]] = (value, key)
        elif key in in_files:
            found.setdefault(in_files[key], (_secret(key, value), key))
        elif key.startswith(_PREFIX) and key != FILE_VARIABLE and not _FOREIGN.match(key):
            known = (*variables, *in_files, FILE_VARIABLE)
            raise UnusableInput(_unknown("the environment", key, known))
    return found


def _secret(key: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise UnusableInput(f"{key} names no file that can be read") from None


def _unknown(where: str, name: str, known: Mapping[str, str] | tuple[str, ...]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.75)
    remedy = f"did you mean {close[0]}?" if close else "`ecm settings show` lists those there are"
    return f"{where}: there is no setting {name}; {remedy}"


def _checked(name: str, value: object, source: str) -> Any:
    """The value in its type. A message never repeats it, as it could be a secret."""
    if isinstance(value, str) and name in REPEATED:
        value = value.replace(",", " ").split()
    if isinstance(value, str) and name == "suppression_days":
        value = dict(one.partition("=")[::2] for one in value.replace(",", " ").split())
    try:
        converted = msgspec.convert(value, _TYPES[name], strict=False, dec_hook=_path)
        return CHECKS[name](converted) if name in CHECKS else converted
    except (msgspec.ValidationError, ValueError) as fault:
        reason = re.sub(r"`| - at `.*", "", str(fault))
        raise UnusableInput(f"{source}: {reason} ({name}: {MEANINGS[name]})") from None


def _path(kind: type, value: object) -> Path:
    if kind is not Path or not isinstance(value, str) or not value:
        raise ValueError("Expected the path of a file")
    return Path(value)
