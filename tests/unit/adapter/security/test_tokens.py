"""Which tokens are accepted, whose they are, and what is written down about them."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from adapter.security.tokens import Verifier
from cds_hooks.errors import NotTrusted
from tests.unit.adapter.security.signing import (
    AT,
    BASE,
    ISSUER,
    NOW,
    PATH,
    Replayed,
    claims,
    client,
    header,
    jwk,
    jwks,
    signed,
    token,
    verifier,
)


def accepts(asked: Verifier, sent: str, path: str = PATH) -> bool:
    try:
        asked.verify(f"Bearer {sent}", path)
    except NotTrusted:
        return False
    return True


@pytest.mark.requirement("cds-hooks_2.0@205")
@pytest.mark.parametrize("kind", ("rsa", "P-384"))
def test_tokens_signed_with_either_recommended_algorithm_are_accepted(kind: str):
    """RS384 and ES384, without further registration."""
    assert verifier().verify(f"Bearer {token(kind)}", PATH).tenant == "valley-health"


@pytest.mark.requirement("cds-hooks_2.0@207")
def test_other_algorithms_are_accepted_where_the_client_is_registered_with_them():
    """RS256 as some request generators sign; refused for a client that did not ask for it."""
    sent = signed(header("rsa", alg="RS256"), claims(), "rsa", "RS256")
    assert not accepts(verifier(), sent)
    assert accepts(verifier(client(algorithms=("RS256",))), sent)


@pytest.mark.requirement("cds-hooks_2.0@189")
@pytest.mark.requirement("cds-hooks_2.0@196")
def test_the_audience_is_the_endpoint_called_alone_or_among_others():
    """Text or array; discovery, service and feedback each have their own."""
    asked = verifier()
    for path in ("/cds-services", PATH, f"{PATH}/feedback"):
        assert accepts(asked, token(aud=BASE + path), path)
        assert accepts(asked, token(aud=["https://other.example", BASE + path]), path)
        assert not accepts(asked, token(aud=BASE + path), f"{path}/")


def test_an_audience_typed_by_hand_is_registered():
    """As Epic has it; the endpoint called stays valid."""
    asked = verifier(client(audiences=("ecm-adapter",)))
    assert accepts(asked, token(aud="ecm-adapter"))
    assert accepts(asked, token())
    assert not accepts(asked, token(aud="ecm"))


@pytest.mark.requirement("cds-hooks_2.0@178")
@pytest.mark.parametrize(
    "sent",
    (None, "", "null", "Bearer", "Bearer ", "Basic YTpi", "Bearer null", "{token}", "JWT {token}"),
)
def test_without_a_bearer_token_nobody_is_let_in(sent: str | None):
    """Whatever else is in the header."""
    good = token()
    with pytest.raises(NotTrusted):
        verifier().verify(sent and sent.format(token=good), PATH)


def test_the_scheme_is_spelled_as_one_likes():
    """RFC 7235: schemes have no case."""
    assert verifier().verify(f"bearer {token()}", PATH).id == "valley"


@pytest.mark.parametrize(
    ("changed", "is_accepted"),
    (
        ({"exp": AT - 59, "iat": AT - 300}, True),
        ({"exp": AT - 60, "iat": AT - 300}, False),
        ({"exp": AT + 360, "iat": AT + 60}, True),
        ({"exp": AT + 361, "iat": AT + 60}, False),
        ({"iat": AT + 60}, True),
        ({"iat": AT + 61}, False),
        ({"iat": AT - 60}, True),
        ({"iat": AT - 61}, False),
        ({"nbf": AT + 60}, True),
        ({"nbf": AT + 61}, False),
        ({"exp": AT + 299.5, "iat": AT - 0.5}, True),
    ),
)
def test_clocks_may_differ_by_a_minute(changed: dict[str, Any], is_accepted: bool):
    """Leeway of 60 seconds on each side of a life of 300 seconds, to the second."""
    assert accepts(verifier(), token(**changed)) is is_accepted


def test_a_client_may_be_registered_with_longer_tokens():
    """Epic's live 15 minutes and begin five minutes before they are issued."""
    sent: dict[str, Any] = {"exp": AT + 900, "nbf": AT - 300}
    assert not accepts(verifier(), token(**sent))
    assert accepts(verifier(client(max_token_seconds=900)), token(**sent))


@pytest.mark.requirement("cds-hooks_2.0@187")
@pytest.mark.requirement("cds-hooks_2.0@193")
@pytest.mark.requirement("cds-hooks_2.0@194")
def test_clients_of_one_issuer_are_told_apart_by_tenant():
    """A vendor signs for several organizations; a token without the claim is nobody's."""
    asked = verifier(client(id="north", tenant="north"), client(id="south", tenant="south"))
    assert asked.verify(f"Bearer {token(tenant='south')}", PATH).id == "south"
    assert asked.verify(f"Bearer {token(tenant='north')}", PATH).id == "north"
    assert not accepts(asked, token(tenant="west"))
    assert not accepts(asked, token())


def test_clients_of_one_issuer_are_told_apart_by_subject():
    """Two applications of one organization."""
    asked = verifier(client(id="first", subject="1"), client(id="second", subject="2"))
    assert asked.verify(f"Bearer {token(sub='2')}", PATH).id == "second"
    assert not accepts(asked, token(sub="3"))
    assert not accepts(asked, token())


def test_a_client_cannot_sign_for_another():
    """Each client's tokens are verified with its own keys, whatever `kid` they name."""
    other = client(id="other", issuer="https://other.example", jwks=jwks("P-384/other"))
    asked = verifier(client(), other)
    sent = signed(header("P-384/other"), claims(), "P-384/other")
    assert not accepts(asked, sent)
    own = signed(header("P-384/other"), claims(iss="https://other.example"), "P-384/other")
    assert asked.verify(f"Bearer {own}", PATH).id == "other"


@pytest.mark.requirement("cds-hooks_2.0@182")
def test_ids_of_keys_are_any_text():
    """Epic's hold `+`, `/` and `=`."""
    kid = "a+b/c=="
    asked = verifier(client(jwks={"keys": [jwk("P-384", kid=kid)]}))
    assert accepts(asked, signed(header(kid=kid), claims(), "P-384"))


def test_the_same_id_of_another_issuer_is_another_token():
    """`jti` is unique for each issuer."""
    other = client(id="other", issuer="https://other.example")
    asked = verifier(client(), other)
    assert accepts(asked, token(jti="1"))
    assert accepts(asked, token(jti="1", iss="https://other.example"))
    assert not accepts(asked, token(jti="1"))


class Remembering(Replayed):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, datetime]] = []

    def first_time(self, issuer: str, jti: str, until: datetime) -> bool:
        self.asked.append((issuer, jti, until))
        return super().first_time(issuer, jti, until)


def test_a_token_is_remembered_until_its_last_second_has_passed():
    """Its expiry and the leeway; a token that breaks a rule is not remembered at all."""
    replays = Remembering()
    asked = verifier(replays=replays)
    assert accepts(asked, token(jti="a", exp=AT + 100))
    assert not accepts(asked, token(jti="b", aud="https://elsewhere.example"))
    ((issuer, jti, until),) = replays.asked
    assert (issuer, jti) == (ISSUER, "a")
    last = datetime.fromtimestamp(AT + 100 + 60, UTC)
    assert until > last
    later = Verifier(asked._clients, asked._keys, Replayed(), BASE, lambda: last)
    assert not accepts(later, token(jti="a", exp=AT + 100))


class Broken:
    def first_time(self, issuer: str, jti: str, until: datetime) -> bool:
        del issuer, jti, until
        raise ConnectionError


def test_without_a_memory_nobody_is_let_in():
    """A token that cannot be remembered could be used again."""
    with pytest.raises(ConnectionError):
        verifier(replays=Broken()).verify(f"Bearer {token()}", PATH)


def test_the_log_names_the_rule_and_the_client_and_nothing_else(caplog: pytest.LogCaptureFixture):
    """Neither token nor claim; of somebody unknown not even the issuer."""
    asked = verifier()
    for sent in (token(aud="https://elsewhere.example"), token(iss="https://canary.example")):
        assert not accepts(asked, sent)
    assert [one.getMessage() for one in caplog.records] == [
        "a call was not trusted: audience (client valley)",
        "a call was not trusted: issuer (client unknown)",
    ]


def test_an_accepted_token_leaves_no_line(caplog: pytest.LogCaptureFixture):
    """The call itself is logged where it is answered."""
    caplog.set_level(logging.DEBUG)
    assert accepts(verifier(at=NOW), token())
    assert caplog.records == []
