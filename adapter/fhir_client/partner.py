"""A partner's FHIR server as a client: read, search, create, patch, transaction.

FHIR R4 REST (https://hl7.org/fhir/R4/http.html). The access token goes to this server alone: an
absolute reference or a `next` link to elsewhere is not followed. A call is made once more where the
server had closed a kept connection meanwhile, so callers make every write one that may come twice:
by If-None-Exist, If-Match or Idempotency-Key.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import requests
from urllib3.exceptions import ProtocolError

from adapter.fhir_client.backend_token import BackendToken
from adapter.fhir_client.guarded import AddressRefused
from adapter.fhir_client.partner_answers import (
    ENCODER,
    Answer,
    Page,
    Resource,
    answer_of,
    bearer,
    decoded,
    if_match_header,
    next_link,
    page_of,
    retry_after,
)
from adapter.fhir_client.partner_faults import NotAuthorized, Rejected, Unreachable, fault_of
from adapter.fhir_client.servers import Base, on_server

#: Pages of one search; more is no search for what changed since a while ago.
_PAGES = 500
Operations = Sequence[Mapping[str, Any]]


class FhirServer(ABC):
    """What can be asked of a FHIR server, whichever way the calls go."""

    #: FHIR base URL.
    base: Base

    def read(self, type: str, id: str, version: str = "") -> Answer:
        """A resource, or one of its versions.

        Raises:
            PartnerFault: it could not be had.
        """
        path = f"{type}/{id}/_history/{version}" if version else f"{type}/{id}"
        return self._call("GET", path, f"GET {type}")

    def pages(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Iterator[Page]:
        """Pages of a search (`Task`) or a history (`Task/1/_history`), in the server's order.

        Raises:
            PartnerFault: a page could not be had, or the next one lies elsewhere.
        """
        said = f"GET {path.partition('/')[0]}"
        url: str | None = path + (f"?{urlencode(query)}" if query else "")
        seen: set[str] = set()
        while url:
            if url in seen or len(seen) >= _PAGES:
                raise Rejected(f"{said}: the pages do not come to an end")
            seen.add(url)
            answer = self._call("GET", url, said)
            bundle = answer.resource or {}
            if bundle.get("resourceType") != "Bundle":
                raise Rejected(f"{said} was answered with something else than a Bundle")
            yield page_of(bundle, answer)
            url = next_link(bundle)
            if url is not None and on_server(self.base, url) is None:
                raise Rejected(f"{said}: the next page is on another server, which is not asked")

    def search(self, type: str, *query: tuple[str, str]) -> list[Resource]:
        """Everything a search finds, without what was included."""
        return [each for page in self.pages(type, query) for each in page.matches]

    def create(self, resource: Resource, *, if_none_exist: str = "") -> Answer:
        """Create a resource, unless a search finds it.

        Raises:
            PartnerFault: it was not taken; `Conflict` where several were found.
        """
        type = str(resource["resourceType"])
        headers = {"If-None-Exist": if_none_exist} if if_none_exist else {}
        return self._call("POST", type, f"POST {type}", resource, headers)

    def update(self, resource: Resource, *, if_match: str = "") -> Answer:
        """Replace a resource.

        Args:
            resource: with its id there.
            if_match: the version it must have; empty: any.

        Raises:
            PartnerFault: it was not taken; `Conflict` where it has another version.
        """
        type = str(resource["resourceType"])
        path = f"{type}/{resource['id']}"
        return self._call("PUT", path, f"PUT {type}", resource, if_match_header(if_match))

    def patch(
        self, type: str, id: str, operations: Operations, *, if_match: str, key: str = ""
    ) -> Answer:
        """Change a resource by JSON Patch (RFC 6902), once for each key that is not empty.

        Raises:
            PartnerFault: it was not taken; `Conflict` where it has another version.
        """
        headers = if_match_header(if_match) | {"Content-Type": "application/json-patch+json"}
        headers |= {"Idempotency-Key": key} if key else {}
        return self._call("PATCH", f"{type}/{id}", f"PATCH {type}", list(operations), headers)

    def transaction(
        self, bundle: Resource, *, key: str, headers: Mapping[str, str] | None = None
    ) -> Resource:
        """All of a Bundle or nothing of it.

        Args:
            bundle: of type transaction.
            key: the same for each attempt with the same Bundle.
            headers: to send along.

        Returns:
            The transaction-response.

        Raises:
            PartnerFault: it was not taken.
        """
        known = {**(headers or {}), "Idempotency-Key": key, "Prefer": "return=minimal"}
        answer = self._call("POST", "", "POST transaction", bundle, known).resource or {}
        if len(answer.get("entry") or ()) != len(bundle["entry"]):
            raise Rejected("POST transaction was answered without an entry for each sent")
        return answer

    def operation(self, path: str, *query: tuple[str, str]) -> Resource:
        """What a GET of an operation gives: `Subscription/1/$status`.

        Raises:
            PartnerFault: it was not answered.
        """
        url = path + (f"?{urlencode(query)}" if query else "")
        return self._call("GET", url, f"GET {path.rpartition('/')[2]}").resource or {}

    @abstractmethod
    def _call(
        self,
        method: str,
        path: str,
        said: str,
        sent: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call.

        Args:
            method: of HTTP.
            path: below the base, with its query, or absolute; empty: the base.
            said: what is called, for messages: without id or query.
            sent: to be sent as JSON; None: nothing.
            headers: to send along.

        Raises:
            PartnerFault: it came to nothing.
        """


class PartnerServer(FhirServer):
    """The server of a partner; any number of threads may use it."""

    def __init__(
        self, base: Base, session: requests.Session, token: BackendToken | None, *, seconds: float
    ) -> None:
        """Call nobody yet.

        Args:
            base: the FHIR server.
            session: guarded.
            token: None: it asks for none.
            seconds: for each call.
        """
        self.base = base
        self._session = session
        self._token = token
        self._seconds = seconds

    def _call(
        self,
        method: str,
        path: str,
        said: str,
        sent: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        url = on_server(self.base, path) if path else self.base.url
        if url is None:
            raise Rejected(f"{said}: the address is not on the partner's server")
        token = self._token.get() if self._token else ""
        response = self._send(method, url, said, sent, {**(headers or {}), **bearer(token)})
        if response.status_code == 401 and self._token:
            self._token.forget(token)
            token = self._token.get()
            response = self._send(method, url, said, sent, {**(headers or {}), **bearer(token)})
        try:
            body = decoded(response.content)
        except requests.RequestException as fault:
            raise Unreachable(f"{said} broke off ({type(fault).__name__})") from None
        if 300 <= response.status_code < 400:
            raise NotAuthorized(
                f"{said} was answered with {response.status_code}: redirects are not followed; "
                "register the address it leads to",
                status=response.status_code,
            )
        if response.status_code >= 300:
            raise fault_of(said, response.status_code, body, retry_after(response))
        if response.content and not isinstance(body, dict):
            raise Unreachable(f"{said} was answered with something else than FHIR JSON")
        return answer_of(response, body)

    def _send(
        self, method: str, url: str, said: str, sent: Any, headers: Mapping[str, str]
    ) -> requests.Response:
        wanted = {"Accept": "application/fhir+json", "User-Agent": "ecm-adapter"}
        if sent is not None:
            wanted["Content-Type"] = "application/fhir+json"
        data = None if sent is None else ENCODER.encode(sent)
        for last in (False, True):
            try:
                return self._session.request(
                    method, url, data=data, headers={**wanted, **headers}, timeout=self._seconds
                )
            except AddressRefused:
                raise NotAuthorized(
                    f"{said}: the name leads to an address that may not be called; set "
                    "`allow_private_addresses` if it is meant"
                ) from None
            except requests.ConnectionError as fault:
                closed_meanwhile = bool(fault.args) and isinstance(fault.args[0], ProtocolError)
                if last or not closed_meanwhile:
                    raise Unreachable(f"{said}: no connection ({type(fault).__name__})") from None
            except requests.RequestException as fault:
                raise Unreachable(f"{said} did not succeed ({type(fault).__name__})") from None
        raise AssertionError("the second attempt returns or raises")
