"""From a call to its cards: look at what was sent, fetch what is missing, decide, render.

The same for every hook. What could not be had stays unknown in the determination and is said in
the card; only without the Patient there is no answer at all (cds-hooks_2.0@54).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from cds_hooks.caller import Caller
from cds_hooks.cards import Reader, cards_for
from cds_hooks.cards.enrolled import receives_ecm
from cds_hooks.cards.moment import Moment
from cds_hooks.cards.referral import Referral
from cds_hooks.cards.shown import met_populations, possible_populations
from cds_hooks.errors import DataMissing, MalformedRequest
from cds_hooks.gathering import Document, Gathered, gather
from cds_hooks.host import Host, Issued
from cds_hooks.prefetch import State
from cds_hooks.protocol import Card
from cds_hooks.reading import Call
from eligibility.determination import Determination
from eligibility.evaluate import evaluate
from eligibility.facts import MemberFacts
from eligibility.membership import STATE, plans_on
from eligibility.registry import registry
from mappings.errors import EmptyBundle, MappingError, NoPatient, NotJson, PatientNotFound
from mappings.inbound.bundle import read_member
from mappings.inbound.drafts import drafted
from mappings.outbound.service_request import Order, referral
from mappings.outbound.task import referral_task
from mappings.requirements import all_requirements
from profiles.canonicals import DEFAULT_BASE

_PATIENT = all_requirements()[0]


class View(Struct, frozen=True, kw_only=True):
    """What a call is about."""

    moment: Moment
    #: Drafts in the context that are read as if they were saved.
    drafts: tuple[Document, ...] = ()
    #: References to those drafts, which nothing that is saved may point at.
    unsaved: frozenset[str] = frozenset()


class Advice(Struct, frozen=True, kw_only=True):
    """The answer to one call, with what the log says of it."""

    cards: tuple[Card, ...] = ()
    #: How many cards were kept back because of earlier feedback.
    suppressed: int = 0
    #: None: nothing was decided, as the call is about nothing ECM has to say anything to, or the
    #: member is of a plan this client is not answered for.
    determination: Determination | None = None
    gathered: Gathered = Gathered()


class Adviser(Struct, frozen=True, kw_only=True):
    """What the services of one application share."""

    #: The member's local day.
    today: Callable[[], date]
    #: Base of our own code systems.
    canonical_base: str = DEFAULT_BASE
    #: Where users reach this service; None: cards carry no link.
    public_base: str | None = None

    def advise(self, call: Call, view: View, caller: Caller, host: Host, service: str) -> Advice:
        """Answer one call of the service of that id, as its caller may see it (`clearance`).

        Raises:
            DataMissing: the Patient could not be had.
            MalformedRequest: the body is not JSON to its end.
        """
        gathered = gather(call, all_requirements(), caller, host, base=self.canonical_base)
        today, patient = self.today(), f"Patient/{call.patient_id}"
        drafts = [(key, drafted(one, patient=patient, on=today)) for key, one in view.drafts]
        more = (*drafts, *gathered.more)
        facts = self._facts(call, more, gathered)
        plan = _plan(facts, today, caller)
        if plan is None:
            return Advice(gathered=gathered)
        determination = evaluate(facts, plan=plan, as_of=today)

        def refer(identifier: str) -> Referral | None:
            # Labelled data leave with a consent only, so what is sent on is decided without them.
            open_to_all = determination
            if caller.clearance:
                try:
                    unlabelled = self._facts(call, more, gathered, clearance=frozenset())
                except DataMissing:
                    return None  # the Patient itself bears a label
                open_to_all = evaluate(unlabelled, plan=plan, as_of=today)
            return self._referral(open_to_all, identifier, call, view, caller)

        cards = cards_for(
            determination,
            self._reader(call, view, caller, service),
            not_had=gathered.not_had,
            refer=refer,
            is_enrolled=receives_ecm(facts, today),
            is_unread=gathered.is_unread,
        )
        shown = tuple(one for one in cards if not _is_suppressed(one, call, caller, host))
        if shown:
            host.remember(caller, [_issued(one, call, determination, service) for one in shown])
        return Advice(
            cards=shown,
            suppressed=len(cards) - len(shown),
            determination=determination,
            gathered=gathered,
        )

    def _facts(
        self,
        call: Call,
        more: tuple[Document, ...],
        gathered: Gathered,
        clearance: frozenset[str] | None = None,
    ) -> MemberFacts:
        try:
            return read_member(
                call.body,
                patient=f"Patient/{call.patient_id}",
                base=self.canonical_base,
                more=more,
                clearance=clearance,
            )
        except NotJson as fault:
            raise MalformedRequest(
                "the body is not JSON to its end; send one JSON object"
            ) from fault
        except MappingError as fault:
            raise _patient_missing(fault, gathered) from fault

    def _reader(self, call: Call, view: View, caller: Caller, service: str) -> Reader:
        return Reader(
            hook_instance=call.hook_instance,
            client=caller.client,
            service=service,
            is_staff=call.is_by_staff,
            may_see_reasons=caller.sees_reasons,
            profile=caller.profile,
            moment=view.moment,
            canonical_base=self.canonical_base,
            public_base=self.public_base,
        )

    def _referral(
        self,
        determination: Determination,
        identifier: str,
        call: Call,
        view: View,
        caller: Caller,
    ) -> Referral | None:
        several = caller.profile.actions == "several"
        order = Order(
            id=identifier if several else None,
            patient=f"Patient/{call.patient_id}",
            authored=determination.as_of,
            identifier=identifier,
            client=caller.client,
            requester=call.user_id or None,
            encounter=f"Encounter/{call.encounter_id}" if call.encounter_id else None,
            urgent=view.moment.is_urgent,
            unsaved=view.unsaved,
            codings=caller.order_codings,
            base=self.canonical_base,
        )
        request = referral(determination, order)
        if request is None:
            return None
        task = referral_task(determination, order, request) if several else None
        return Referral(service_request=request, task=task)


def _plan(facts: MemberFacts, today: date, caller: Caller) -> str | None:
    """The plan whose text answers; None: the member is of a plan this client is not answered for.

    Of several plans that may be the member's, one of the client's: which of them holds is not
    known, so that none of them is a reason for silence. Where no Coverage names a plan, a client
    of one plan is answered by that plan's text.
    """
    plans = plans_on(facts, today, registry())
    if not plans:
        return caller.plans[0] if len(caller.plans) == 1 else STATE
    return next((one for one in plans if not caller.plans or one in caller.plans), None)


def _patient_missing(fault: MappingError, gathered: Gathered) -> DataMissing:
    why = gathered.lacking.get(_PATIENT.key)
    if isinstance(fault, PatientNotFound):
        found = "the Patient sent is not the one of context.patientId"
    elif isinstance(fault, NoPatient | EmptyBundle) and why is None:
        found = "what was sent holds no Patient"
    elif isinstance(fault, NoPatient | EmptyBundle):
        found = "the Patient was not sent"
    else:
        found = "no FHIR resource was sent"
    if why is not None and gathered.fetched:
        found += f" and could not be fetched ({why})"
    elif why is not None and why != State.NOT_SENT.value:
        found += f" ({why})"
    return DataMissing(
        key=_PATIENT.key,
        query=_PATIENT.search,
        found=found,
        fetched=gathered.fetched,
        not_had=len(gathered.lacking),
    )


def _is_suppressed(card: Card, call: Call, caller: Caller, host: Host) -> bool:
    return host.is_suppressed(caller, _server(call), call.patient_id, _topic(card))


def _issued(card: Card, call: Call, determination: Determination, service: str) -> Issued:
    shown = met_populations(determination) or possible_populations(determination)
    return Issued(
        uuid=card.uuid,
        suggestions=tuple(one.uuid for one in card.suggestions),
        service=service,
        topic=_topic(card),
        patient_id=call.patient_id,
        server=_server(call),
        populations=tuple(one.result.id for one in shown),
    )


def _topic(card: Card) -> str:
    return card.source.topic.code if card.source.topic is not None else ""


def _server(call: Call) -> str:
    return call.access.server if call.access is not None else ""
