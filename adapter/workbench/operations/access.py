"""Who may look at what of the operations: by role, and by whether theirs runs the exchange."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from adapter.workbench.roles import ROLE_TITLES, Role, Visitor
from adapter.workbench.visiting import AS, current_visitor

_P = ParamSpec("_P")

#: What a view gives back here.
Answer = str | Response

#: Endpoint, title and role of each part; without a role: every role of the page.
PARTS: tuple[tuple[str, str, Role | None], ...] = (
    ("index", "Overview", None),
    ("partners", "Partners", "engineer"),
    ("subscriptions", "Subscriptions", "engineer"),
    ("audit", "Audit", "auditor"),
    ("conformance", "Conformance", None),
)


def for_role(role: Role) -> Callable[[Callable[_P, Answer]], Callable[_P, Answer]]:
    """Have a view answer one role; in the sandbox, whoever names none plays it."""

    def marked(view: Callable[_P, Answer]) -> Callable[_P, Answer]:
        @wraps(view)
        def guarded(*args: _P.args, **kwargs: _P.kwargs) -> Answer:
            visitor = current_visitor()
            if visitor.role != role:
                if not (visitor.sandbox and AS not in request.args and request.method == "GET"):
                    abort(403, f"this part is for the role {ROLE_TITLES[role]!r}")
                here = {**(request.view_args or {}), **request.args.to_dict(), AS: role}
                return redirect(url_for(str(request.endpoint), **here))
            return view(*args, **kwargs)

        return guarded

    return marked


def demand_operator(visitor: Visitor, what: str) -> None:
    """Refuse (403) who is not of the organization that runs the exchange of this tenant."""
    if not visitor.viewer.operator:
        abort(403, f"{what} is for the organization that runs this exchange; ask it")


def parts_open_to(visitor: Visitor) -> list[tuple[str, str, dict[str, str]]]:
    """Endpoint, title and parameters of the parts a visitor may open."""
    found: list[tuple[str, str, dict[str, str]]] = []
    for endpoint, title, role in PARTS:
        if role is None or role == visitor.role:
            found.append((endpoint, title, {}))
        elif visitor.sandbox:
            found.append((endpoint, title, {AS: role}))
    return found
