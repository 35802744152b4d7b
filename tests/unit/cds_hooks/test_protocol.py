"""Writing answers: no empty element, and one shape of errors."""

from __future__ import annotations

import json

import pytest

from cds_hooks.protocol import Card, CardSource, answer_body


@pytest.mark.requirement("cds-hooks_2.0@3", "cds-hooks_2.0@74", "cds-hooks_2.0@77")
def test_an_answer_has_no_empty_elements_but_cards():
    """Nothing to say is `cards: []`; what a card lacks is left out."""
    assert answer_body(()) == b'{"cards":[]}'
    card = Card(
        uuid="u", summary="s", detail="d", indicator="info", source=CardSource(label="here")
    )
    assert json.loads(answer_body((card,))) == {
        "cards": [
            {
                "uuid": "u",
                "summary": "s",
                "detail": "d",
                "indicator": "info",
                "source": {"label": "here"},
            }
        ]
    }
