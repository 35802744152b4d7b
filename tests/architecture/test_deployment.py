"""What is needed to deploy fits what there is: image, composition, proxy, alarms, examples.

No image is built here; what can be checked without a container engine is.
"""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from adapter.cli.main import main
from adapter.deployment import refusal
from adapter.operations.metrics import Metrics
from adapter.settings import Settings, read
from cds_hooks.blueprint import MAX_BODY_BYTES
from tests.architecture.sources import PACKAGES, ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
NGINX = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    """What follows every instruction of that name."""
    return re.findall(rf"^{name} +(.*)$", DOCKERFILE, re.MULTILINE)


def test_what_the_image_copies_is_there_and_is_let_in():
    """Every source of a COPY exists and `.dockerignore`, which keeps all else out, names it."""
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in let_in
    copied = [
        source
        for words in instructions("COPY")
        if not words.startswith("--from")
        for source in words.split()[:-1]
    ]
    assert set(PACKAGES) <= set(copied)
    for source in copied:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in let_in, source


def test_every_package_the_image_installs_is_pinned_with_its_hash():
    """Nothing comes from an index but what a lock file names; the build itself included."""
    installs = re.findall(r"pip install ([^&\n]*)", DOCKERFILE)
    assert len(installs) == 3
    for arguments in installs:
        assert "--require-hashes" in arguments or "--no-deps wheel/*.whl" in arguments
    assert "--no-build-isolation" in DOCKERFILE
    (listed,) = re.findall(r"\^\(([a-z|-]+)\)=", DOCKERFILE)
    assert set(listed.split("|")) == closure("hatchling")


def closure(package: str) -> set[str]:
    """The package and what it needs on this interpreter."""
    found, left = set[str](), [package]
    while left:
        name = left.pop()
        found.add(name)
        needed = [Requirement(one) for one in requires(name) or ()]
        left += [
            one.name
            for one in needed
            if (one.marker is None or one.marker.evaluate({"extra": ""})) and one.name not in found
        ]
    return found


def test_the_image_runs_as_nobody_special_and_can_be_asked_how_it_is():
    """No root, a health check on the port it listens on, `ecm` as its command."""
    final = DOCKERFILE.rpartition("FROM ")[2]
    (user,) = re.findall(r"^USER +(.*)$", final, re.MULTILINE)
    assert int(user) > 0
    (exposed,) = instructions("EXPOSE")
    assert int(exposed) == Settings().port
    assert f"http://127.0.0.1:{exposed}/healthz" in final
    assert instructions("ENTRYPOINT") == ['["ecm"]']
    assert instructions("CMD") == ['["serve"]']


def image_environment() -> dict[str, str]:
    """The settings that the image brings."""
    return dict(re.findall(r"\b(ECM_[A-Z_]+)=(\S+)", " ".join(instructions("ENV"))))


def test_the_image_alone_refuses_to_be_open():
    """It listens on every network, so without clients it does not start."""
    alone = read(environment=image_environment()).settings
    assert alone.host == "0.0.0.0"  # noqa: S104 - of its container
    assert (refusal(alone) or "").startswith("REFUSED")


def test_the_composition_makes_a_whole_deployment(tmp_path: Path):
    """Its variables are settings, and together with those of the image they may run."""
    adapter = COMPOSE["services"]["adapter"]
    environment = image_environment() | {
        name: interpolated(str(value)) for name, value in adapter["environment"].items()
    }
    for name, value in environment.items():
        if name.endswith("_FILE"):
            secret = tmp_path / name
            secret.write_text("postgresql+psycopg://ecm:x@database/ecm\n")
            assert value.removeprefix("/run/secrets/") in adapter["secrets"]
            environment[name] = str(secret)
    running = read(environment=environment).settings
    assert refusal(running) is None
    assert running.store.startswith("postgresql")
    assert running.clients == Path("/etc/ecm/clients.toml")
    assert running.metrics_token
    assert adapter["ports"] == [f"127.0.0.1:{running.port}:{running.port}"]


def interpolated(value: str) -> str:
    """A value as Compose reads it: the default of a variable, or an answer to what it asks for."""
    value = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
    return re.sub(r"\$\{\w+:\?[^}]*\}", "https://ecm.example.org", value)


def test_the_secrets_of_the_composition_stay_out_of_git():
    """Each is a file of an ignored folder, and each that is used is declared."""
    ignored = (ROOT / "deploy" / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/clients/", "/secrets/"} <= set(ignored)
    for secret in COMPOSE["secrets"].values():
        assert secret["file"].startswith("./deploy/secrets/")
    for service in COMPOSE["services"].values():
        assert set(service["secrets"]) <= set(COMPOSE["secrets"])


def test_the_proxy_takes_what_the_service_takes():
    """Bodies as large, from the port it listens on, nothing of the metrics to the outside."""
    (megabytes,) = re.findall(r"client_max_body_size +(\d+)m;", NGINX)
    assert int(megabytes) * 1024 * 1024 >= MAX_BODY_BYTES
    assert f"proxy_pass         http://127.0.0.1:{Settings().port};" in NGINX
    assert "location = /metrics { return 404; }" in NGINX
    # Sign-in counts attempts by it, and cookies are of https alone.
    assert "proxy_set_header   X-Real-IP $remote_addr;" in NGINX
    assert 'add_header Strict-Transport-Security "max-age=31536000" always;' in NGINX
    assert "$request_uri" not in NGINX
    assert "$http_authorization" not in NGINX


def test_alarms_are_about_metrics_that_are_there():
    """A renamed metric would silence one."""
    rules = (ROOT / "deploy" / "ecm-alarms.yml").read_text(encoding="utf-8")
    expressions = re.findall(r"expr: (.*)", rules)
    known = set(re.findall(r"# TYPE (\w+) ", Metrics().exposition().decode()))
    named = {name for one in expressions for name in re.findall(r"ecm_\w+", one)}
    assert len(named) >= 3
    assert {re.sub(r"_bucket$", "", name) for name in named} <= known


def test_the_example_of_clients_is_without_fault(capfd: pytest.CaptureFixture[str]):
    """`ecm clients check` says so."""
    assert main(["clients", "check", str(ROOT / "deploy" / "clients.example.toml")]) == 0
    assert "no faults" in capfd.readouterr().out


def test_the_page_for_operators_lists_every_metric_and_no_other():
    """Who reads the page knows them all."""
    page = (ROOT / "docs" / "how-to" / "operate.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(ecm_\w+)` \|", page, re.MULTILINE))
    kinds = re.findall(r"# TYPE (\w+) (?!gauge)", Metrics().exposition().decode())
    assert listed == set(kinds)


@pytest.mark.parametrize(("unit", "command"), (("ecm", "serve"), ("ecm-worker", "worker")))
def test_a_unit_runs_its_command_with_options_it_has(
    unit: str, command: str, capfd: pytest.CaptureFixture[str]
):
    """What systemd starts is what `ecm serve --help` and `ecm worker --help` offer."""
    text = (ROOT / "deploy" / f"{unit}.service").read_text(encoding="utf-8")
    (options,) = re.findall(rf"^ExecStart=/opt/ecm/bin/ecm {command} (.*)$", text, re.MULTILINE)
    with pytest.raises(SystemExit):
        main([command, "--help"])
    offered = capfd.readouterr().out
    for option in re.findall(r"--[a-z-]+", options):
        assert option in offered
    variables = re.findall(r"^Environment=(ECM_\w+)=", text, re.MULTILINE)
    assert set(variables) <= {"ECM_METRICS_TOKEN_FILE"}


def test_service_and_worker_are_one_user_with_one_store():
    """Both units, and both services of the composition, share the user, settings and store."""
    service, worker = (
        (ROOT / "deploy" / f"{name}.service").read_text(encoding="utf-8")
        for name in ("ecm", "ecm-worker")
    )
    for line in ("User=ecm", "StateDirectory=ecm", "DynamicUser=yes"):
        assert f"\n{line}\n" in service
        assert f"\n{line}\n" in worker
    answering, sending = COMPOSE["services"]["adapter"], COMPOSE["services"]["worker"]
    assert sending["command"] == ["worker"]
    assert sending["ports"] == []
    assert sending["environment"] == answering["environment"]
    assert answering["environment"]["ECM_BACKGROUND"] == "false"


def test_the_example_of_partners_is_without_fault(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    """`ecm partners check` says so, with the key that it names beside it."""
    assert main(["cds-hooks", "new-key", "--out", str(tmp_path)]) == 0
    (tmp_path / "private-key.json").rename(tmp_path / "plan-private-key.json")
    example = tmp_path / "partners.toml"
    example.write_bytes((ROOT / "deploy" / "partners.example.toml").read_bytes())
    assert main(["partners", "check", str(example)]) == 0
    assert "no faults" in capfd.readouterr().out
