"""Three organizations, each with a service of its own: a hospital, a plan, an ECM provider."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from adapter.cds_client.keys import write_key
from adapter.deployment import free_port
from tests.contract.conftest import Service, start_service, stop
from tests.unit.adapter.command import ecm

NPI = "http://hl7.org/fhir/sid/us-npi"
PARTIES = {
    "hospital": f"{NPI}|1000000004",
    "plan": f"{NPI}|1000000012",
    "provider": f"{NPI}|1000000020",
}
#: Who sends referrals to whom.
SENDS_TO = {"hospital": "plan", "plan": "provider"}

_T = TypeVar("_T")
_TASK = re.compile(r"Task/([A-Za-z0-9.-]+)")


class Organization:
    """One of them, with its service, its store and its people at the command line."""

    def __init__(self, name: str, folder: Path, ports: dict[str, int]) -> None:
        self.name = name
        self.party = PARTIES[name]
        self._folder = folder / name
        self._folder.mkdir()
        self._port = ports[name]
        self._service: Service | None = None
        write_key(self._folder / "own-key", "ES384")
        receiver = SENDS_TO.get(name)
        self._partners = ""
        if receiver:
            write_key(self._folder / "partner-key", "RS384")
            self._partners = str(self._write_partners(receiver, ports[receiver]))

    def register(self, *senders: Organization) -> None:
        """Write down who may call: its own people, and who sends referrals here."""
        clients = [_client(self, "own-key", role="operator", tenant=self.name)]
        clients += [
            _client(
                one,
                "partner-key",
                tenant=self.name,
                covered_entity=True,
                notification_hosts=[f"127.0.0.1:{one._port}"],
                allow_private_addresses=True,
            )
            for one in senders
        ]
        (self._folder / "clients.toml").write_text("\n".join(clients), encoding="utf-8")

    def start(self) -> None:
        """Let the service answer."""
        options = ["--port", str(self._port), "--clients", str(self._folder / "clients.toml")]
        if self._partners:
            options += ["--partners", self._partners]
        self._service = start_service(*options, "--store", self._store)

    def stop(self) -> list[dict[str, Any]]:
        """Stop it; the errors in its log."""
        if self._service is None:
            return []
        service, self._service = self._service, None
        errors = [line for line in service.logged() if line["level"] == "error"]
        stop(service)
        return errors

    def says(self, *arguments: str) -> str:
        """What `ecm referral …` says to its people, who use the service."""
        run = self.tries(*arguments)
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout.decode()

    def tries(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """The same, whatever comes of it."""
        return ecm(
            "referral",
            *arguments,
            *("--service", f"http://127.0.0.1:{self._port}"),
            *("--client-id", f"client:{self.name}"),
            *("--key", self._folder / "own-key" / "private-key.json"),
        )

    def store_says(self, *arguments: str) -> str:
        """What it says where the store is opened."""
        run = ecm(
            "referral",
            *arguments,
            *("--store", self._store, "--clients", self._folder / "clients.toml"),
            *(("--partners", self._partners) if self._partners else ()),
            *("--public-base", f"http://127.0.0.1:{self._port}"),
        )
        assert run.returncode == 0, run.stderr.decode()
        return run.stdout.decode()

    def referrals(self) -> list[dict[str, Any]]:
        """Every referral's Task here."""
        said = self.says("list", "--all", "--format", "json")
        return [json.loads(line) for line in said.splitlines()]

    def refers(self, number: str, bundle: dict[str, Any]) -> str:
        """Send a referral; the id of its Task here."""
        file = self._folder / f"{number}.json"
        file.write_text(json.dumps(bundle), encoding="utf-8")
        match = _TASK.search(self.says("send", str(file)))
        assert match is not None
        return match[1]

    def hears(self, task: str, status: str, business: str = "") -> dict[str, Any]:
        """Wait until a Task here has a status."""

        def found() -> dict[str, Any] | None:
            one = next((one for one in self.referrals() if one["id"] == task), None)
            fits = one and one["status"] == status and business in ("", one["business_status"])
            return one if fits else None

        return until(found, lambda: f"{self.name}: {self.referrals()}")

    def asked(self, thread: str, *known: str) -> str:
        """Wait until a Task of a thread is here; its id."""

        def found() -> str | None:
            return next(
                (
                    one["id"]
                    for one in self.referrals()
                    if one["thread"] == thread and one["id"] not in known
                ),
                None,
            )

        return until(found, lambda: f"{self.name} was never asked")

    @property
    def _store(self) -> str:
        return f"sqlite:///{self._folder}/store.sqlite"

    def _write_partners(self, receiver: str, port: int) -> Path:
        file = self._folder / "partners.toml"
        wanted: dict[str, Any] = {
            "id": receiver,
            "organization": PARTIES[receiver],
            "name": receiver.title(),
            "tenant": self.name,
            "fhir_base": f"http://127.0.0.1:{port}/fhir",
            "client_id": f"client:{self.name}",
            "key_file": "partner-key/private-key.json",
            "covered_entity": True,
            "allow_private_addresses": True,
        }
        if receiver == "provider":
            # It is asked instead of notifying, and lets itself be asked often.
            wanted |= {"changes": "poll", "poll_minutes": 0.01, "polling_agreed": True}
        file.write_text(_table("partners", wanted), encoding="utf-8")
        return file


def until(look: Callable[[], _T | None], told: Callable[[], str], seconds: float = 30) -> _T:
    """Look until there is something to see."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise AssertionError(told())


def three(folder: Path) -> tuple[Organization, Organization, Organization]:
    """Hospital, plan and provider; nobody's service answers yet."""
    ports = {name: free_port("127.0.0.1", 0) for name in PARTIES}
    hospital, plan, provider = (Organization(name, folder, ports) for name in PARTIES)
    hospital.register()
    plan.register(hospital)
    provider.register(plan)
    return hospital, plan, provider


def referral(number: str) -> dict[str, Any]:
    """A referral of one member to the plan, as a transaction."""
    urn = "urn:uuid:00000000-0000-4000-8000-00000000000"
    sid = "https://hospital.example.org/sid"
    placer = {"coding": [{"system": f"{_TERMINOLOGY}/v2-0203", "code": "PLAC"}]}
    who = {
        name: {"reference": f"{urn}{place}"}
        for place, name in enumerate(("patient", "hospital", "plan", "order"))
    }
    resources: list[dict[str, Any]] = [
        {
            "resourceType": "Patient",
            "identifier": [{"system": f"{sid}/cin", "value": f"CIN-{number}"}],
            "name": [{"family": "Doe", "given": ["Avery"]}],
            "gender": "female",
            "birthDate": "1980-01-01",
        },
        *(
            {
                "resourceType": "Organization",
                "active": True,
                "name": name,
                "identifier": [{"system": NPI, "value": PARTIES[name].rpartition("|")[2]}],
            }
            for name in ("hospital", "plan")
        ),
        {
            "resourceType": "ServiceRequest",
            "identifier": [{"type": placer, "system": f"{sid}/referral", "value": number}],
            "status": "active",
            "intent": "order",
            "category": [_concept("http://snomed.info/sct", "410606002")],
            "code": _concept("http://snomed.info/sct", "386230005"),
            "subject": who["patient"],
            "authoredOn": "2026-03-18T16:00:00Z",
            "requester": who["hospital"],
        },
        {
            "resourceType": "Task",
            "identifier": [{"type": placer, "system": f"{sid}/task", "value": number}],
            "groupIdentifier": {"system": f"{sid}/thread", "value": number},
            "status": "requested",
            "intent": "order",
            "code": _concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
            "focus": who["order"],
            "for": who["patient"],
            "authoredOn": "2026-03-18T16:00:00Z",
            "requester": who["hospital"],
            "owner": who["plan"],
        },
    ]
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"{urn}{place}",
                "resource": resource,
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
            for place, resource in enumerate(resources)
        ],
    }


_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _client(one: Organization, key: str, **elements: Any) -> str:
    wanted = {
        "id": one.name,
        "issuer": f"client:{one.name}",
        "jwks_file": str(one._folder / key / "jwks.json"),
        "organization": one.party,
        "organization_name": one.name.title(),
        "scopes": ["system/*.cruds"],
        **elements,
    }
    return _table("clients", wanted)


def _table(name: str, elements: dict[str, Any]) -> str:
    lines = (f"{key} = {json.dumps(value)}" for key, value in elements.items())
    return "\n".join((f"[[{name}]]", *lines, ""))
