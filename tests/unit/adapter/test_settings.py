"""Settings: which source wins, what is refused and with what words, and what is never shown."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from adapter.assembly import assemble
from adapter.cli.main import main
from adapter.deployment import Registered, refusal, settled
from adapter.errors import AdapterError, UnusableInput
from adapter.partners.registry import Partners
from adapter.security.clients import Clients
from adapter.setting_values import SUPPRESSION_DAYS, masked
from adapter.settings import MEANINGS, Settings, read
from adapter.store.database import Database
from tests.unit.adapter.security.backend_services import partner
from tests.unit.adapter.security.signing import clients_file


def told(given: dict[str, object] | None = None, /, **environment: str) -> str:
    """The error of these flags and variables."""
    with pytest.raises(UnusableInput) as raised:
        read(given, environment=environment)
    return str(raised.value)


def test_flag_beats_variable_beats_file_beats_default(tmp_path: Path):
    """The last that names a setting decides, and the source says which that was."""
    file = tmp_path / "ecm.toml"
    file.write_text('port = 1001\nworkers = 2\nthreads = 3\nlog = "stdout"\n')
    environment = {"ECM_SETTINGS": str(file), "ECM_PORT": "1002", "ECM_WORKERS": "4"}
    found = read({"port": "1003", "store": None}, environment=environment)
    settings = found.settings
    assert (settings.port, settings.workers, settings.threads) == (1003, 4, 3)
    assert (settings.log, settings.host) == ("stdout", "127.0.0.1")
    assert {name: found.sources[name] for name in ("port", "workers", "threads", "host")} == {
        "port": "--port",
        "workers": "ECM_WORKERS",
        "threads": f"{file}: threads",
        "host": "default",
    }


def test_the_file_given_beats_the_file_of_the_environment(tmp_path: Path):
    """`--settings` is nearer than `ECM_SETTINGS`."""
    file = tmp_path / "ecm.toml"
    file.write_text("port = 7\n")
    assert read(file=file, environment={"ECM_SETTINGS": "/nowhere"}).settings.port == 7


def test_the_clients_of_a_settings_file_stand_beside_it(tmp_path: Path):
    """Wherever the service is started from."""
    file = tmp_path / "ecm.toml"
    file.write_text('clients = "clients.toml"\n')
    assert read(file=file, environment={}).settings.clients == tmp_path / "clients.toml"


@pytest.mark.parametrize("written", ("https://a.example https://b.example:8443",
                                     "https://a.example, https://b.example:8443"))  # fmt: skip
def test_a_variable_lists_several_values(written: str):
    """With spaces or commas between them."""
    found = read(environment={"ECM_ORIGINS": written}).settings
    assert found.origins == ("https://a.example", "https://b.example:8443")


def test_one_changed_suppression_leaves_the_others():
    """A deployment says only what differs."""
    changed = read(environment={"ECM_SUPPRESSION_DAYS": "member-declined=30 accepted=0"}).settings
    assert changed.suppression_days == SUPPRESSION_DAYS | {"member-declined": 30, "accepted": 0}


def test_a_slash_at_the_end_of_a_base_does_not_matter():
    """Tokens name the URL without one."""
    found = read(environment={"ECM_PUBLIC_BASE": "https://ecm.example.org/cds/"}).settings
    assert found.public_base == "https://ecm.example.org/cds"


def test_a_secret_may_stand_in_a_file(tmp_path: Path):
    """As containers are given secrets; the variable itself is nearer."""
    secret = tmp_path / "store"
    secret.write_text("postgresql://ecm:s3cret@db/ecm\n")
    found = read(environment={"ECM_STORE_FILE": str(secret)})
    assert found.settings.store == "postgresql://ecm:s3cret@db/ecm"
    assert found.sources["store"] == "ECM_STORE_FILE"
    both = {"ECM_STORE": "sqlite:////a.sqlite", "ECM_STORE_FILE": str(secret)}
    assert read(environment=both).settings.store == "sqlite:////a.sqlite"
    reversed_order = dict(reversed(both.items()))
    assert read(environment=reversed_order).settings.store == "sqlite:////a.sqlite"


def test_variables_that_are_not_ours_are_left_alone():
    """Of the tests, and those Kubernetes makes for a Service called ecm."""
    found = read(
        environment={
            "ECM_TEST_DATA": "/data",
            "ECM_SERVICE_HOST": "10.0.0.1",
            "ECM_PORT_80_TCP": "tcp://10.0.0.1:80",
            "HOME": "/root",
        }
    )
    assert found.settings == Settings()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    (
        ("ECM_PORT", "tcp://10.0.0.1:80", "Expected int"),
        ("ECM_PORT", "65536", "<= 65535"),
        ("ECM_WORKERS", "0", ">= 1"),
        ("ECM_THREADS", "many", "Expected int"),
        ("ECM_HOST", "ehr.example.org", "not an IP address; use 127.0.0.1"),
        ("ECM_PUBLIC_BASE", "http://ecm.example.org", "must be https"),
        ("ECM_PUBLIC_BASE", "ecm.example.org", "not an absolute http or https URL"),
        ("ECM_PUBLIC_BASE", "https://user@ecm.example.org", "without user"),
        ("ECM_PUBLIC_BASE", "https://ecm.example.org:port", "Port could not be cast"),
        ("ECM_CANONICAL_BASE", "ecm", "not an absolute http or https URL"),
        ("ECM_CLIENTS", "", "Expected the path of a file"),
        ("ECM_STORE", "mysql://db/ecm", "not the URL of an SQLite file or a PostgreSQL database"),
        ("ECM_STORE", "sqlite:///:memory:", "not shared by the processes"),
        ("ECM_ORIGINS", "https://ehr.example.org/", "without a path or slash"),
        ("ECM_ORIGINS", "*", "not an absolute http or https URL"),
        ("ECM_FHIR_SERVERS", "ftp://fhir.example.org", "not an absolute http or https URL"),
        ("ECM_DEADLINE_SECONDS", "0", "> 0"),
        ("ECM_DEADLINE_SECONDS", "61", "<= 60"),
        ("ECM_SUPPRESSION_DAYS", "member-declined=soon", "Expected int"),
        ("ECM_SUPPRESSION_DAYS", "member-declined=-1", ">= 0"),
        ("ECM_SUPPRESSION_DAYS", "no-time=3", "no card is kept back after 'no-time', only after"),
        ("ECM_LOG", "syslog", "Invalid enum value"),
        ("ECM_LOG_LEVEL", "debug", "Invalid enum value"),
        ("ECM_STORE_FILE", "/nowhere/at/all", "names no file that can be read"),
        ("ECM_PUBLICBASE", "https://a.example", "did you mean ECM_PUBLIC_BASE?"),
        ("ECM_WHATEVER_ELSE", "1", "`ecm settings show` lists those there are"),
    ),
)
def test_what_cannot_be_used_is_told_with_its_place_and_meaning(
    variable: str, value: str, words: str
):
    """One error that names the variable and says what is wanted."""
    message = told({}, **{variable: value})
    assert variable in message
    assert words in message
    assert "\n" not in message


def test_the_error_of_a_flag_names_the_flag():
    """As it was typed."""
    assert told({"origins": ["nowhere"]}).startswith("--origin: ")
    assert told({"public_base": "nowhere"}).startswith("--public-base: ")


@pytest.mark.parametrize(
    ("content", "words"),
    (
        ("prot = 1\n", "there is no setting prot; did you mean port?"),
        ("port = \n", "is not TOML"),
        ('port = "x"\n', ": port: Expected int"),
        ("[suppression_days]\nsometimes = 3\n", "suppression_days: no card is kept back after"),
        ('[referral_choices.valley]\ncompletion = "most"\n', "Invalid enum value 'most'"),
        ("[referral_choices.valley]\nbase = 1\n", "unknown field"),
        ("[referral_choices.valley.timers]\nlunch = 1\n", "there is no timer 'lunch', only"),
    ),
)
def test_a_fault_of_the_file_names_the_file(tmp_path: Path, content: str, words: str):
    """And the setting in it."""
    file = tmp_path / "ecm.toml"
    file.write_text(content)
    with pytest.raises(UnusableInput) as raised:
        read(file=file, environment={})
    assert str(file) in str(raised.value)
    assert words in str(raised.value)


def test_a_tenant_may_choose_where_texts_leave_room(tmp_path: Path):
    """What it does not choose stays; a tenant that nobody has is a slip."""
    file = tmp_path / "ecm.toml"
    chosen = 'completion = "all"\ntimers = { claim = 5 }\n'
    file.write_text(f"[referral_choices.valley-health]\n{chosen}")
    wanted = read(file=file, environment={}).settings
    with closing(Database(f"sqlite:///{tmp_path}/ecm.sqlite")) as database:
        clients = Clients([partner()])
        around = assemble(wanted, clients, database, Partners()).here.around
        with pytest.raises(UnusableInput, match="there is no tenant 'valley-health'; there are"):
            assemble(wanted, None, database, Partners())
    found = around.choices("valley-health")
    assert (found.completion, found.correction) == ("all", "rejected")
    assert found.timers == {"claim": 5}
    assert around.choices("another").completion == "any"


def test_a_settings_file_that_is_not_there_is_told():
    """With the reason of the operating system."""
    assert "No such file" in told(ECM_SETTINGS="/nowhere/ecm.toml")


@pytest.mark.parametrize("variable", ("ECM_STORE", "ECM_METRICS_TOKEN"))
def test_an_error_never_repeats_a_secret(variable: str):
    """A mistyped store still holds its password."""
    message = told({}, ECM_PORT="x", **{variable: "mysql://ecm:s3cret@db"})
    assert "s3cret" not in message
    assert "s3cret" not in told(ECM_STORE="mysql://ecm:s3cret@db")


@pytest.mark.parametrize(
    ("url", "shown"),
    (
        ("postgresql://ecm:s3cret@db/ecm", "postgresql://ecm:***@db/ecm"),
        ("postgresql://ecm:s3:cr@t@db/ecm", "postgresql://ecm:***@db/ecm"),
        ("postgresql://db/ecm?user=ecm&PassWord=s3cret&x=1",
         "postgresql://db/ecm?user=ecm&PassWord=***&x=1"),
        ("sqlite:////var/lib/ecm.sqlite", "sqlite:////var/lib/ecm.sqlite"),
    ),
)  # fmt: skip
def test_a_password_is_masked(url: str, shown: str):
    """Wherever in the URL it stands."""
    assert masked(url) == shown


# --- what has to come together --------------------------------------------------------------


def with_clients(**changes: object) -> Settings:
    """Settings of a service with registered clients on all networks."""
    whole = Settings(
        host="0.0.0.0",  # noqa: S104 - what a container listens on
        clients=Path("clients.toml"),
        store="sqlite:////var/lib/ecm/ecm.sqlite",
        public_base="https://ecm.example.org",
    )
    return msgspec.structs.replace(whole, **changes)


def test_a_whole_deployment_may_run():
    """Clients, a store and a public URL; and on loopback nothing at all."""
    assert refusal(with_clients()) is None
    assert refusal(with_clients(host="127.0.0.1", public_base="")) is None
    assert refusal(Settings()) is None


@pytest.mark.parametrize(
    ("changes", "remedy"),
    (
        ({"clients": None}, "--clients"),
        ({"store": ""}, "--store"),
        ({"public_base": ""}, "--public-base"),
    ),
)
def test_each_missing_part_is_refused_with_its_remedy(changes: dict[str, object], remedy: str):
    """No open default: without its clients, store or URL a service off loopback does not start."""
    reason = refusal(with_clients(**changes))
    assert reason is not None
    assert reason.startswith("REFUSED: ")
    assert remedy in reason


@pytest.mark.requirement("cds-hooks_2.0@2", "cds-hooks_2.0@168")
def test_other_machines_know_the_service_by_an_https_url_only():
    """Off loopback it needs a public URL, and one without TLS is refused; its links use it too."""
    assert "must be https" in told(ECM_PUBLIC_BASE="http://ecm.example.org")
    assert refusal(with_clients(public_base="")) is not None
    secure = read(environment={"ECM_PUBLIC_BASE": "https://ecm.example.org"}).settings
    assert refusal(with_clients(public_base=secure.public_base)) is None


def test_what_starting_decides_is_filled_in(tmp_path: Path):
    """A free port, the URL of it, a store that goes with the service."""
    running = settled(Settings(port=0), tmp_path)
    assert running.port > 0
    assert running.public_base == f"http://127.0.0.1:{running.port}"
    assert running.store == f"sqlite:///{tmp_path}/ecm.sqlite"


def test_clients_with_a_fault_stay_as_they_were(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """A slip in the file, noticed when it is read again, shuts nobody out; the log tells it."""
    client = (
        'id = "one"\ntenant = "t"\nissuer = "https://one.example.org"\njwks_file = "keys.json"\n'
    )
    file = clients_file(tmp_path, client)
    registered = Registered(file)
    before = registered.clients
    assert before is not None
    file.write_text("[[clients]\n")
    registered.read_again()
    assert registered.clients is before
    assert "the clients stay as they were: " in caplog.text
    with pytest.raises(AdapterError):
        Registered(file)


# --- ecm settings show --------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A settings file with secrets in it."""
    file = tmp_path / "ecm.toml"
    file.write_text('store = "postgresql://ecm:s3cret@db/ecm"\nmetrics_token = "t0ken"\n')
    return str(file)


def test_every_setting_is_shown_with_value_source_and_meaning(
    file: str, capfd: pytest.CaptureFixture[str]
):
    """In the order they are declared; secrets are not shown."""
    assert main(["settings", "show", "--settings", file, "--format", "json"]) == 0
    printed = capfd.readouterr().out
    shown = json.loads(printed)
    rows = {row["name"]: row for row in shown["settings"]}
    assert list(rows) == list(MEANINGS)
    assert rows["store"]["value"] == "postgresql://ecm:***@db/ecm"
    assert rows["store"]["source"] == f"{file}: store"
    assert rows["store"]["variable"] == "ECM_STORE"
    assert rows["metrics_token"]["value"] == "***"
    assert rows["clients"]["value"] is None
    assert (shown["development"], shown["refused"]) == (True, None)
    assert "s3cret" not in printed
    assert "t0ken" not in printed


def test_the_text_names_the_mode_and_hides_secrets(file: str, capfd: pytest.CaptureFixture[str]):
    """For a person at a terminal."""
    assert main(["settings", "show", "--settings", file]) == 0
    printed = capfd.readouterr().out
    assert printed.startswith("Development mode")
    assert all(name in printed for name in MEANINGS)
    assert "s3cret" not in printed
    assert "t0ken" not in printed


def test_what_serve_would_refuse_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    """Before it is started."""
    file = tmp_path / "ecm.toml"
    file.write_text('clients = "clients.toml"\n')
    assert main(["settings", "show", "--settings", str(file)]) == 0
    assert capfd.readouterr().out.startswith("REFUSED: registered clients need a store")
