"""Names for ids and words for instants, as the pages of the operations show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapter.clock import MEMBER_ZONE
from adapter.dates import instant_in_words
from adapter.notifications.requeueing import Standing
from adapter.notifications.topics import topics

if TYPE_CHECKING:
    from adapter.workbench.site import Site

#: What acts by itself.
_OURSELVES = {"exchange": "the exchange itself"}


class Naming:
    """Names of one deployment, at one moment."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._topics = topics(site.settings.canonical_base)

    def party(self, tenant: str, party: str) -> str:
        """The name of an organization; its identifier where it is not registered now."""
        found = self._site.assembly.parties.find(tenant, party)
        return found.name if found else _OURSELVES.get(party, party)

    def subscriber(self, one: Standing) -> str:
        """Whose a subscription is."""
        row = one.subscribed
        found = self._site.assembly.subscribers(row.tenant, row.client)
        if found is None:
            return f"{row.client} (not registered now)"
        return self.party(row.tenant, found.viewer.party)

    def topic(self, url: str) -> str:
        """The title of a topic."""
        return self._topics[url].title if url in self._topics else url

    def moment(self, at: int) -> str:
        """An instant in the member's zone; 0: empty."""
        return instant_in_words(datetime.fromtimestamp(at / 1000, UTC)) if at else ""


def exact(at: int) -> str:
    """An instant to the second in the member's zone; 0: empty."""
    if not at:
        return ""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(MEMBER_ZONE)
    return local.strftime("%Y-%m-%d %H:%M:%S")
