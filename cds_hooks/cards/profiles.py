"""Card profiles: how each kind of client wants its cards, with the reason for each choice.

`standard` is safe for every client whose behavior is documented: one suggestion with one action,
`any`, paragraphs and bullets, one absolute link. The others widen or narrow it. A client of the
registry names one by its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cds_hooks.caller import CardProfile

#: Epic's extension that says how `detail` is written.
EPIC_DETAIL = "com.epic.cdshooks.card.detail.content-type"

PROFILES: Mapping[str, CardProfile] = MappingProxyType(
    {
        one.id: one
        for one in (
            # Nothing that any documented client is known to refuse.
            CardProfile(id="standard"),
            # Epic (fhir.epic.com, CDS Hooks): only `any`, one action for each suggestion; Markdown
            # is announced by an extension. SMART links have to be registered with each
            # organization first, so they are not assumed.
            CardProfile(id="epic", extension={EPIC_DETAIL: "text/markdown"}),
            # Oracle Health (draft of its developer page, 2021): cards stand beside the chart on an
            # eighth of the screen; appContext is not supported, links that are not registered are
            # taken out.
            CardProfile(id="oracle", width="narrow"),
            # athenahealth: suggestions of one card exclude each other (cds-hooks/docs issue 43);
            # the card has one, so this only says what the client does anyway.
            CardProfile(id="athena", selection_behavior="at-most-one"),
            # A client that shows the detail as it stands, character by character.
            CardProfile(id="plain", detail="plain"),
            # The narrow and the plain in one: a text of a few lines, for panels and messages.
            CardProfile(id="brief", detail="plain", width="narrow"),
            # A client that does all of CDS Hooks 2.0 (HL7's sandbox): launches SMART apps, takes
            # the actions of one suggestion together.
            CardProfile(id="smart", actions="several", smart_links=True),
        )
    }
)
