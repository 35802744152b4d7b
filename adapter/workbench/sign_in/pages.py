"""The pages of signing in: the form, the way to the identity provider and back, signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import (
    Blueprint,
    Flask,
    Response,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as AnyResponse

from adapter.workbench.errors import error_page, tell_errors
from adapter.workbench.guard import HEADERS, demand_own_page
from adapter.workbench.roles import ROLE_TITLES
from adapter.workbench.sign_in.addresses import caller, own_path
from adapter.workbench.sign_in.local import LocalSignIn
from adapter.workbench.sign_in.openid import NotSignedIn, Provider
from adapter.workbench.sign_in.signed_in import SignedIn
from adapter.workbench.sign_in.stored_sessions import StoredSession, current_session

if TYPE_CHECKING:
    from adapter.workbench.site import Site

PATH = "/workbench/sign-in"
#: Where the identity provider sends people back to, below the base of the service.
CALLBACK = f"{PATH}/openid/callback"
#: Bytes of a form; one holds a name, a password and an address.
_LARGEST_FORM = 64 * 1024


class Door(Blueprint):
    """The pages of signing in.

    Args:
        site: the deployment.
        people: who may, and who has.
    """

    def __init__(self, site: Site, people: SignedIn) -> None:
        super().__init__("sign_in", __name__, url_prefix=PATH)
        self._site, self._people = site, people
        self._local = LocalSignIn(people, people.attempts, site.now)
        self._provider: tuple[str, Provider] | None = None
        self.record_once(self._set_up)
        self.add_url_rule("", "form", self.form)
        self.add_url_rule("", "sign_in", self.sign_in, methods=["POST"])
        self.add_url_rule("/out", "sign_out", self.sign_out, methods=["POST"])
        self.add_url_rule("/done", "done", self.done)
        self.add_url_rule("/state", "state", self.state)
        self.add_url_rule("/openid", "openid", self.openid)
        self.add_url_rule("/openid/callback", "callback", self.callback)
        self.after_request(_add_headers)
        self.context_processor(_for_templates)
        tell_errors(self)

    def _set_up(self, state: BlueprintSetupState) -> None:
        assert isinstance(state.app, Flask)
        state.app.session_interface = self._people.sessions
        state.app.context_processor(self._session_for_templates)

    def _session_for_templates(self) -> dict[str, object]:
        """How long the session of a page lasts, which its script has to know; 0: there is none."""
        here = session
        if not isinstance(here, StoredSession) or "who" not in here:
            return {"session_seconds": 0}
        return {"session_seconds": self._people.sessions.seconds_left(here)}

    def form(self) -> AnyResponse:
        """Ask who it is; who is known already goes on."""
        wanted = own_path(request.args.get("next", ""))
        if self._people.visitor(request, None) is not None:
            return _led_to(wanted)
        return self._form(wanted, said="", status=200)

    def sign_in(self) -> AnyResponse:
        """Somebody says who they are, with a password."""
        # Nobody knows yet who this is, and a form of many megabytes takes seconds to read.
        request.max_content_length = _LARGEST_FORM
        demand_own_page("")
        wanted = own_path(request.form.get("next", ""))
        name = request.form.get("name", "")
        refused = self._local.sign_in(name, request.form.get("password", ""), self._address())
        if refused is None:
            return _led_to(wanted)
        answer = self._form(wanted, said=refused.says, status=refused.status, name=name)
        if refused.seconds:
            answer.headers["Retry-After"] = str(refused.seconds)
        return answer

    def sign_out(self) -> AnyResponse:
        """End the session."""
        request.max_content_length = _LARGEST_FORM
        visitor = self._people.visitor(request, None)
        demand_own_page(visitor.csrf if visitor else "")
        self._people.sign_out(f"from {self._address()}")
        return redirect(url_for("sign_in.form", out=1), code=303)

    def done(self) -> AnyResponse:
        """Where somebody goes who signed in again beside a page with something in it."""
        visitor = self._people.visitor(request, None)
        if visitor is None:
            return redirect(url_for("sign_in.form", next=f"{PATH}/done"))
        return _page("done", name=visitor.name)

    def state(self) -> Response:
        """Whether somebody is signed in here, for the pages of this service; 401: nobody."""
        visitor = self._people.visitor(request, None)
        if visitor is None:
            answer = jsonify({})
            answer.status_code = 401
            return answer
        left = self._people.sessions.seconds_left(current_session())
        told = {"user": visitor.viewer.client, "csrf": visitor.csrf, "seconds": left}
        return jsonify(told)

    def openid(self) -> AnyResponse:
        """Send somebody to the identity provider."""
        wanted = own_path(request.args.get("next", ""))
        if (refused := self._local.too_many_leave(self._address())) is not None:
            return self._form(wanted, said=refused.says, status=refused.status)
        provider = self._provider_now()
        if provider is None:
            return redirect(url_for("sign_in.form", next=wanted))
        try:
            sent = provider.leave()
        except NotSignedIn as fault:
            return self._form(wanted, said=str(fault), status=502)
        session["next"] = wanted
        return sent

    def callback(self) -> AnyResponse:
        """Somebody comes back from it."""
        provider = self._provider_now()
        wanted = own_path(session.get("next", ""))
        if provider is None:
            return redirect(url_for("sign_in.form", next=wanted))
        try:
            person = provider.come_back()
        except NotSignedIn as fault:
            self._people.note(
                "sign-in", "refused", None, "", f"identity provider, from {self._address()}"
            )
            return error_page(403, "You are not signed in.", str(fault))
        self._people.sign_in(
            f"group:{person.group.value}",
            user=person.user,
            name=person.name,
            how=f"identity provider, subject {person.subject}, from {self._address()}",
        )
        return _led_to(wanted)

    def _form(self, wanted: str, *, said: str, status: int, name: str = "") -> Response:
        known = self._people.registry.known
        return _page(
            "form",
            status=status,
            next=wanted,
            said=said,
            name=name[:100],
            is_out="out" in request.args,
            has_accounts=bool(known.accounts),
            provider=known.openid.title if known.openid else "",
        )

    def _address(self) -> str:
        header = self._people.registry.known.address_header
        told = request.headers.get(header, "") if header else ""
        return caller(request.remote_addr, told)

    def _provider_now(self) -> Provider | None:
        """The one of the file as it is now."""
        known = self._people.registry.known
        if known.openid is None:
            return None
        mark = repr(known.openid) + known.secret + repr(known.groups)
        if self._provider is None or self._provider[0] != mark:
            callback = self._site.settings.public_base + CALLBACK
            self._provider = (mark, Provider(known, callback, self._site.settings.ca_file))
        return self._provider[1]


def _page(page: str, *, status: int = 200, **values: object) -> Response:
    body = render_template(f"workbench/sign_in/{page}.html", **values)
    return Response(body, status=status, mimetype="text/html")


def _led_to(path: str) -> AnyResponse:
    return redirect(request.script_root + path, code=303)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _for_templates() -> dict[str, object]:
    return {"visitor": None, "pages": [], "page_here": None, "role_titles": ROLE_TITLES}
