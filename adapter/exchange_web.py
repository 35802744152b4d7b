"""The exchange over HTTP: the FHIR endpoint, the token endpoint, and where partners notify us."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec
from flask import Blueprint, Response, request

from adapter.assembly import NOTIFICATIONS_PATH, Assembly
from adapter.deployment import FHIR_PATH
from adapter.exchange_offer import described, operations
from adapter.fhir_api.audit_answers import AuditAnswers
from adapter.fhir_api.faults import Refused
from adapter.fhir_api.router import fhir_blueprint
from adapter.fhir_api.service import FhirService
from adapter.host import AdapterHost
from adapter.partners.notifications import receive
from adapter.security.assertions import ENDPOINT
from adapter.security.audit_events import AuditEvents
from adapter.security.bearers import Bearers
from adapter.security.clients import Clients
from adapter.security.smart import CONFIGURATION, MOST_BYTES, TokenEndpoint, smart_configuration
from adapter.store.access_tokens import AccessTokens
from adapter.store.records import AuditEntry
from cds_hooks.errors import NotStored


def exchange_blueprints(
    assembly: Assembly,
    clients: Clients | None,
    host: AdapterHost,
    tokens: AccessTokens,
    *,
    now: Callable[[], datetime],
    today: Callable[[], date],
) -> Sequence[Blueprint]:
    """The blueprints of the exchange.

    Args:
        assembly: the exchange.
        clients: who may call; None: development mode.
        host: verifies what clients sign, and knows their pages.
        tokens: the access tokens given out.
        now: the clock.
        today: the member's local day.
    """
    settings, bases = assembly.settings, assembly.here.around.own_bases
    bearers = Bearers(clients, tokens, now)
    service = FhirService(
        assembly.exchange,
        bearers.identify,
        described=described(settings),
        operations=operations(assembly, today),
        others={
            "AuditEvent": AuditAnswers(AuditEvents(assembly.parties, assembly.fhir_base), bases)
        },
        bases=bases,
        observe=host.served,
    )
    fhir = fhir_blueprint(
        service, public_base=settings.public_base, allows_origin=host.allows_origin
    )
    doors = Blueprint("exchange", __name__)
    if host.verifier is not None:
        endpoint = TokenEndpoint(host.verifier, tokens, _audit_into(assembly), now)
        doors.add_url_rule(
            FHIR_PATH + CONFIGURATION, view_func=_configuration(settings.public_base)
        )
        doors.add_url_rule(ENDPOINT, view_func=_tokens(endpoint), methods=["POST"])
    doors.add_url_rule(
        f"{NOTIFICATIONS_PATH}/<partner>", view_func=_notifications(assembly), methods=["POST"]
    )
    return (fhir, doors)


def _audit_into(assembly: Assembly) -> Callable[[AuditEntry], None]:
    def audit(entry: AuditEntry) -> None:
        with assembly.store.reading() as unit:
            unit.audit(entry)

    return audit


def _configuration(public_base: str) -> Callable[[], Response]:
    body = msgspec.json.encode(smart_configuration(public_base))

    def configuration() -> Response:
        return Response(body, content_type="application/json")

    return configuration


def _tokens(endpoint: TokenEndpoint) -> Callable[[], Response]:
    def token() -> Response:
        body = request.stream.read(MOST_BYTES + 1)
        try:
            answer = endpoint.answer(request.headers.get("Content-Type"), body)
        except NotStored:
            body = b'{"error":"temporarily_unavailable"}'
            return Response(
                body, status=503, headers={"Retry-After": "5"}, content_type="application/json"
            )
        response = Response(answer.body, status=answer.status, content_type="application/json")
        response.headers.update(answer.headers)
        return response

    return token


def _notifications(assembly: Assembly) -> Callable[[str], Response]:
    def notified(partner: str) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            status = receive(assembly.here, partner, headers, request.get_data(cache=False))
        except Refused as fault:
            status = fault.status
        except NotStored:
            return Response(status=503, headers={"Retry-After": "5"})
        return Response(status=status)

    return notified
