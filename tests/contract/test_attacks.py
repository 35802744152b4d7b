"""What hostile and careless clients sent that the service once answered wrongly."""

from __future__ import annotations

from datetime import date

import pytest

from tests.contract.calls import a_call, the_card
from tests.contract.conftest import Service

VISITS = "five-emergency-visits"


@pytest.mark.parametrize(
    "origin",
    (
        "http://[",
        "http://[::1",
        "http://evil.example\\@localhost",
        "http://localhost:8080/evil",
        "http://localhost.evil.example",
    ),
)
def test_an_origin_that_is_none_is_no_page_of_this_machine(service: Service, origin: str):
    """A broken `Origin` header is answered like any strange one, not by a failure."""
    answer = service.get("/cds-services", Origin=origin)
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "user",
    (
        "https://ehr.example/fhir/Patient/p1",
        "patient/p1",
        " Patient/p1",
        "sample-five-emergency-visits",
        "https://ehr.example/fhir/RelatedPerson/r1",
        "Person/p1",
    ),
)
def test_the_patient_is_told_no_reasons_however_the_client_names_the_user(
    service: Service, template: dict[str, str], today: date, user: str
):
    """Reasons, questions and the referral are for staff; portals spell `userId` in many ways."""
    call = a_call(VISITS, today, template)
    call["context"]["userId"] = user
    card = the_card(service.call(call))
    assert "Population of Focus" not in card["detail"]
    assert "suggestions" not in card
