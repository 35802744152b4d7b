"""The topics there are to subscribe to: what sets off an event, and what it may be narrowed by.

Two are those of SDOH Clinical Care STU 3 ("Checking Task Status"), by their exact URLs, which a
client may use without asking whether they are here; the second is spelled with a small r there.
The others are ours and stand under the canonical base of the deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from msgspec import Struct

from profiles.canonicals import DEFAULT_BASE

_SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/"
SDOH_TASK = f"{_SDOH}Task"
SDOH_SERVICE_REQUEST = f"{_SDOH}Servicerequest"

#: Ids of our own.
OVERDUE = "ecm-referral-overdue"

_TASK_FILTERS = (
    *("_id", "_lastUpdated", "business-status", "code", "focus", "group-identifier", "owner"),
    *("patient", "requester", "status"),
)


class Topic(Struct, frozen=True, kw_only=True):
    """A topic. An event is about one resource, its focus."""

    url: str
    title: str
    #: Of the focus.
    type: str
    #: Interactions that set it off: create, update, delete. None: only the exchange itself does.
    methods: tuple[str, ...]
    #: What has to hold for the focus as it is after the interaction, as search parameters.
    current: str = ""
    #: Search parameters by which a subscription may narrow it, without modifier or with `:not`.
    filters: tuple[str, ...]


@cache
def topics(base: str = DEFAULT_BASE) -> Mapping[str, Topic]:
    """Every topic by its URL, ours under the canonical base."""
    return {
        one.url: one
        for one in (
            Topic(
                url=SDOH_TASK,
                title="A referral Task was created, changed or deleted (SDOH Clinical Care)",
                type="Task",
                methods=("create", "update", "delete"),
                current="status:not=draft&intent=order",
                filters=_TASK_FILTERS,
            ),
            Topic(
                url=SDOH_SERVICE_REQUEST,
                title="A ServiceRequest was changed or deleted (SDOH Clinical Care)",
                type="ServiceRequest",
                methods=("update", "delete"),
                filters=("_id", "_lastUpdated", "patient", "requester", "status"),
            ),
            Topic(
                url=topic_url(OVERDUE, base),
                title="The due date of a referral Task passed without what had to happen",
                type="Task",
                methods=(),
                filters=_TASK_FILTERS,
            ),
        )
    }


def topic_url(id: str, base: str = DEFAULT_BASE) -> str:
    """The canonical URL of one of our topics."""
    return f"{base.rstrip('/')}/SubscriptionTopic/{id}"
