"""An OpenID provider on this machine, a true one and many that are not."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from adapter import clock
from tests.unit.adapter.security.signing import encoded, jwk, signed

CLIENT, SECRET = "ecm-workbench", "k3Jf8sLq0ZpWv7TnXy2RbMc5"

#: What a provider may do wrong: claims of its ID Token, or how it is signed.
FAULTS: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "another"},
    "no-nonce": {"nonce": None},
    "audience": {"aud": "somebody-else"},
    "two-audiences": {"aud": [CLIENT, "somebody-else"]},
    "party": {"azp": "somebody-else"},
    "expired": {"exp": -3600},
    "no-expiry": {"exp": None},
    "no-subject": {"sub": None},
    "issuer": {"iss": "https://login.example.org"},
    "at-hash": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "none": {},
    "unsigned": {},
    "shared-secret": {},
    "other-algorithm": {},
    "other-key": {},
    "unknown-key": {},
    "no-id-token": {},
}


class Provider:
    """The provider; `fault` says what it does wrong, `groups` in which the person is."""

    def __init__(self) -> None:
        self.fault = ""
        self.groups: Any = ["ecm-plan"]
        self.person = {"sub": "subject-1", "preferred_username": "Olga"}
        #: The last code it gave out, and how often its token endpoint was asked.
        self.code, self.asked = "", 0
        self._codes: dict[str, dict[str, str]] = {}
        self._numbers = count(1)
        provider = self

        class _Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                if parts.path == "/authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorized(query))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self._send(200, provider.published(parts.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                self._send(*provider.token(self.headers.get("Authorization", ""), form))

            def _send(self, status: int, content: Any) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Answer nothing more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def published(self, path: str) -> Any:
        """Its description of itself, and its keys."""
        if path == "/jwks":
            return {"keys": [jwk("rsa", alg="RS256"), jwk("P-384", alg="ES384")]}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            # As of a careless one: what signs is not for it to say.
            "id_token_signing_alg_values_supported": ["RS256", "ES384", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
            "verify": False,
        }

    def authorized(self, query: dict[str, str]) -> str:
        """Where the person is sent back to, with a code."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        self.code = f"code-{next(self._numbers)}"
        self._codes[self.code] = query
        answer = {"code": self.code, "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, authorization: str, form: dict[str, str]) -> tuple[int, Any]:
        """The answer of its token endpoint."""
        self.asked += 1
        given = b64decode(authorization.partition(" ")[2]).decode().partition(":")
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = encoded(sha256(form.get("code_verifier", "").encode()).digest())
        if tuple(map(unquote, given[::2])) != (CLIENT, SECRET) or asked is None:
            return 400, {"error": "invalid_grant"}
        if (challenge, form["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "at", "token_type": "Bearer", "expires_in": 60}
        if self.fault == "no-id-token":
            return 200, answer
        return 200, answer | {"id_token": self._id_token(asked["nonce"])}

    def _id_token(self, nonce: str) -> str:
        at = int(clock.now().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 300, "nonce": nonce}
        claims |= self.person | {"groups": self.groups}
        for name, value in FAULTS.get(self.fault, {}).items():
            claims[name] = at + value if name == "exp" and value else value
        claims = {name: value for name, value in claims.items() if value is not None}
        head = {"typ": "JWT", "alg": "RS256", "kid": "rsa"}
        match self.fault:
            case "none":
                return f"{encoded(head | {'alg': 'none'})}.{encoded(claims)}."
            case "unsigned":
                return f"{encoded(head)}.{encoded(claims)}."
            case "shared-secret":
                return _by_secret(head | {"alg": "HS256"}, claims)
            case "other-algorithm":
                return signed(head | {"alg": "ES384", "kid": "P-384"}, claims, "P-384", "ES384")
            case "other-key":
                return signed(head, claims, "rsa/other", "RS256")
            case "unknown-key":
                return signed(head | {"kid": "unknown"}, claims, "rsa/other", "RS256")
        return signed(head, claims, "rsa", "RS256")


def _by_secret(head: dict[str, Any], claims: dict[str, Any]) -> str:
    """Signed with the client's secret, as a provider may that was told so."""
    import hmac

    content = f"{encoded(head)}.{encoded(claims)}"
    return f"{content}.{encoded(hmac.digest(SECRET.encode(), content.encode(), 'sha256'))}"


def sent_on(url: str) -> str:
    """Where an address redirects to."""
    parts = urlsplit(url)
    connection = HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        location = connection.getresponse().getheader("Location")
        assert location is not None
        return location
    finally:
        connection.close()
