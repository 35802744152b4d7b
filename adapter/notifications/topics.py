"""The topics there are to subscribe to, by URL: those that are published (`profiles.topics`).

Two are those of SDOH Clinical Care STU 3 ("Checking Task Status"), by their exact URLs, which a
client may use without asking whether they are here; the second is spelled with a small r there.
The others are ours and stand under the canonical base of the deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from profiles import topics as published
from profiles.canonicals import DEFAULT_BASE
from profiles.topics import Topic as Topic

_SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/"
SDOH_TASK = f"{_SDOH}Task"
SDOH_SERVICE_REQUEST = f"{_SDOH}Servicerequest"

#: Ids of our own.
REFERRAL = "ecm-referral"
OVERDUE = "ecm-referral-overdue"


@cache
def topics(base: str = DEFAULT_BASE) -> Mapping[str, Topic]:
    """Every topic by its URL, ours under the canonical base."""
    return {one.url: one for one in published.topics(base)}


def topic_url(id: str, base: str = DEFAULT_BASE) -> str:
    """The canonical URL of one of our topics."""
    return f"{base.rstrip('/')}/SubscriptionTopic/{id}"
