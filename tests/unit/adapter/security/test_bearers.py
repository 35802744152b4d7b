"""Who calls the FHIR endpoint: what a token stands for, and that nothing else does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir_api.faults import Refused
from adapter.security.bearers import Bearers
from adapter.security.clients import Clients
from adapter.security.viewers import DEVELOPMENT, parties_of, viewer_of
from adapter.store.access_tokens import AccessTokens
from adapter.store.database import Database
from tests.unit.adapter.security.backend_services import NPI, Service, partner
from tests.unit.adapter.security.signing import NOW, client


def refusal(bearers: Bearers, sent: str | None, host: str = "ecm.example.org") -> Refused:
    with pytest.raises(Refused) as refused:
        bearers.identify(sent, host)
    return refused.value


def test_without_a_token_or_with_another_nobody_is_known(tmp_path: Path):
    """The same words for a token that is odd, unknown or old."""
    service = Service(tmp_path)
    good = service.token()
    missing = refusal(service.bearers, None)
    assert (missing.status, missing.headers) == (401, {"WWW-Authenticate": "Bearer"})
    said = set()
    for sent in (
        *("Bearer x", f"Bearer {good}x", f"Bearer {good[:-1]}", f"Bearer {good.swapcase()}"),
        *("Bearer " + "A" * 43, "Bearer " + "A" * 100_000, "Bearer \ud800", "Bearer '; --"),
    ):
        told = refusal(service.bearers, sent)
        said.add((told.status, str(told), tuple(told.headers.items())))
    service.at = NOW + timedelta(seconds=300)
    told = refusal(service.bearers, f"Bearer {good}")
    said.add((told.status, str(told), tuple(told.headers.items())))
    assert said == {(401, str(missing), (("WWW-Authenticate", 'Bearer error="invalid_token"'),))}
    for sent in ("", "Basic dTpw", f"Token {good}", good):
        assert refusal(service.bearers, sent).headers == missing.headers


def test_a_viewer_is_what_is_registered_and_nothing_the_token_could_say(tmp_path: Path):
    """Tenant, organization, role, purpose, clearance in lower case."""
    registered = partner(
        role="operator", clearance=frozenset({"ETH", "R"}), purpose="HOPERAT", strict_versions=True
    )
    service = Service(tmp_path, registered)
    viewer = service.bearers.identify(f"Bearer {service.token(scope='system/Task.u')}", "")
    assert viewer == viewer_of(registered, ("system/Task.u",))
    assert (viewer.tenant, viewer.party, viewer.client) == (
        *("valley-health", f"{NPI}|1234567893"),
        "valley",
    )
    assert viewer.operator
    assert viewer.strict_versions
    assert viewer.purpose == "HOPERAT"
    assert viewer.clearance == {"eth", "r"}


@pytest.mark.parametrize(
    ("now_registered", "scopes"),
    (
        ({"scopes": ("system/Task.r",)}, ("system/Task.r",)),
        ({"scopes": ("system/Patient.r",)}, ()),
        ({"id": "renamed"}, None),
        ({"organization": "", "scopes": ()}, None),
    ),
)
def test_a_token_is_good_for_what_is_still_registered(
    tmp_path: Path, now_registered: dict[str, Any], scopes: tuple[str, ...] | None
):
    """When the clients file was read again since."""
    service = Service(tmp_path)
    sent = f"Bearer {service.token(scope='system/Task.ru')}"
    since = Service(tmp_path, partner(**now_registered))
    if scopes is None:
        assert refusal(since.bearers, sent).status == 401
    else:
        assert since.bearers.identify(sent, "").scopes == scopes


def test_in_development_mode_anybody_on_this_machine_is_the_operator(tmp_path: Path):
    """And nobody who comes under the name of another machine, whatever it sends."""
    tokens = AccessTokens(Database(f"sqlite:///{tmp_path / 'ecm.sqlite'}"))
    bearers = Bearers(None, tokens, lambda: NOW)
    for host in ("127.0.0.1:8080", "localhost", "[::1]:80"):
        assert bearers.identify(None, host) is DEVELOPMENT
        assert bearers.identify("Bearer x", host) is DEVELOPMENT
    for host in ("", "ecm.example.org", "127.0.0.1.evil.example", "localhost@evil", "evil:80"):
        assert refusal(bearers, None, host).status == 401
    (party,) = (one for one in bearers.parties if one.operator)
    assert (party.tenant, party.operator) == ("development", True)


def test_two_clients_of_one_organization_are_one_party():
    """With the hosts of both; the same organization in another tenant is another party."""
    parties = parties_of(
        Clients(
            [
                partner(notification_hosts=("a.example.org",), mail_to=("a@example.org",)),
                partner(id="second", notification_hosts=("b.example.org",)),
                partner(id="third", tenant="elsewhere", claims=True),
                client(id="hooks"),
            ]
        )
    )
    assert len(parties) == 2
    assert parties.tenants == {"valley-health", "elsewhere"}
    (here,) = parties.of("valley-health")
    assert here.notification_hosts == {"a.example.org", "b.example.org"}
    assert here.identifier == (NPI, "1234567893")
    assert not here.claims
    other = parties.find("elsewhere", here.id)
    assert other is not None
    assert other.claims
    assert parties.find("valley-health", f"{NPI}|1") is None


def test_a_party_that_is_no_covered_entity_is_known_as_such():
    """An operator is one, as it holds every record."""
    assert not viewer_of(partner(covered_entity=False)).covered
    assert not viewer_of(partner(covered_entity=None)).covered
    assert viewer_of(partner(covered_entity=None, role="operator")).covered
