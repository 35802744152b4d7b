"""What the form of the playground says, and the request that is made from it.

A sample is named; a chart of the visitor's own comes along with each form and is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct
from werkzeug.datastructures import FileStorage, MultiDict

from adapter import ids
from adapter.cds_client.chart import Chart, read_chart
from adapter.cds_client.contexts import SOMEBODY, Moment
from adapter.cds_client.hook_calls import FhirServer, HookCall
from adapter.errors import UnusableInput
from adapter.samples import SHOWCASE, sample
from adapter.workbench.hooks.prefetching import Dialect, Mode, made_call, mode_named
from cds_hooks.catalogue import HOOKS

#: Where a hook is about an encounter and the chart holds none.
_SOME_ENCOUNTER = "example"

#: What the names of fields begin with that stand for one of the hook's context.
CONTEXT = "context."


class Wanted(Struct, frozen=True, kw_only=True):
    """What the visitor asked for."""

    #: Id of a sample; empty: a chart of the visitor's own.
    sample: str
    #: That chart; empty: none was given.
    chart: bytes = b""
    #: Which of its patients, `Patient/p1`; empty: the only one.
    patient: str = ""
    #: Whether the sample is called about as if it had never been seen.
    is_fresh: bool = False
    hook: str
    mode: Mode
    leave_out: frozenset[str] = frozenset()
    trigger: str = ""
    #: Address of the service; empty: this one.
    service: str = ""
    #: Which of its services; empty: the one for the hook.
    service_id: str = ""
    token: str = ""
    #: Fields of the context as entered, those left empty not among them.
    context: Mapping[str, str] = {}
    fhir_server: str = ""
    fhir_token: str = ""
    #: As whom the evidence is shown: registered for a plan. Empty: as it was answered.
    plan: str = ""
    #: The client whose view of the cards is open.
    profile: str = ""
    #: The request as it stands in the form; empty: it is still to be made.
    body: str = ""

    @property
    def shared(self) -> dict[str, str]:
        """What may stand in a link to this."""
        fields = {"hook": self.hook, "mode": self.mode, "plan": self.plan, "profile": self.profile}
        return {"sample": self.sample, **fields}

    @property
    def linked(self) -> Wanted:
        """The same, as far as a link may say it."""
        return Wanted(
            sample=self.sample,
            hook=self.hook,
            mode=self.mode,
            plan=self.plan,
            profile=self.profile,
        )


def read_wanted(
    form: MultiDict[str, str], files: MultiDict[str, FileStorage] | None = None
) -> Wanted:
    """What a form or an address asks for; what it leaves out is as at first."""
    file = files.get("chart") if files is not None else None
    chart = file.read() if file is not None and file.filename else b""

    def text(name: str, usual: str = "") -> str:
        return form.get(name, usual).strip()

    return Wanted(
        sample=text("sample", SHOWCASE),
        chart=chart or form.get("chartText", "").encode(),
        patient=text("patient"),
        is_fresh="fresh" in form,
        hook=text("hook", "patient-view") or "patient-view",
        mode=mode_named(text("mode")),
        leave_out=frozenset(form.getlist("leave")),
        trigger=text("trigger"),
        service=text("service"),
        service_id=text("serviceId"),
        token=text("token"),
        context={
            name.removeprefix(CONTEXT): value.strip()
            for name, value in form.items()
            if name.startswith(CONTEXT) and value.strip()
        },
        fhir_server=text("fhirServer"),
        fhir_token=text("fhirToken"),
        plan=text("plan"),
        profile=text("profile"),
        body=form.get("body", "").replace("\r\n", "\n"),
    )


def chart_of(wanted: Wanted, today: date) -> Chart:
    """The chart that is meant.

    Raises:
        UnusableInput: there is none, or it cannot be used.
    """
    if wanted.sample:
        one = sample(wanted.sample, today)
        data = msgspec.json.encode(one.bundle)
        if wanted.is_fresh:
            data = _as_somebody_new(data, one.patient_id)
        return read_chart(data, patient=None, name="the sample")
    if not wanted.chart.strip():
        raise UnusableInput(
            "there is no chart yet: choose a FHIR file, paste one, or take a sample"
        )
    lines = wanted.chart.splitlines()
    is_ndjson = len(lines) > 1 and _is_json(lines[0])
    data_or_lines = lines if is_ndjson else wanted.chart
    return read_chart(data_or_lines, patient=wanted.patient or None, name="the chart")


def made(entry: Mapping[str, Any], chart: Chart, wanted: Wanted) -> HookCall:
    """The request.

    Raises:
        UnusableInput: the context lacks something, or a field is not as its hook has it.
    """
    template = entry.get("prefetch")
    keys = template.keys() if isinstance(template, dict) else ()
    server = None
    if wanted.fhir_server:
        server = FhirServer(url=wanted.fhir_server, token=wanted.fhir_token)
    context = dict(wanted.context)
    encounter = context.pop("encounterId", None)
    is_made_up = encounter is None and _wants_encounter(wanted.hook) and not _has_encounter(chart)
    moment = Moment(
        user=context.pop("userId", SOMEBODY),
        encounter=_SOME_ENCOUNTER if is_made_up else encounter,
        fields={name: _value(wanted.hook, name, text) for name, text in context.items()},
    )
    dialect = Dialect(
        mode=wanted.mode,
        leave_out=wanted.leave_out & frozenset(keys),
        trigger=wanted.trigger,
        server=server,
    )
    call = made_call(entry, chart, moment, dialect)
    if not is_made_up:
        return call
    note = "context.encounterId is made up: the chart holds no encounter"
    return msgspec.structs.replace(call, notes=(note, *call.notes))


def _wants_encounter(hook: str) -> bool:
    fields = HOOKS[hook].fields if hook in HOOKS else ()
    return any(one.name == "encounterId" and one.required for one in fields)


def _has_encounter(chart: Chart) -> bool:
    return any(isinstance(one.get("id"), str) for one in chart.of_type("Encounter"))


def _value(hook: str, name: str, text: str) -> Any:
    """A field of the context as entered: JSON where it is no text."""
    known = HOOKS.get(hook)
    kinds = {one.name: one.schema.get("type") for one in known.fields} if known else {}
    if kinds.get(name) == "string":
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise UnusableInput(f"context.{name} is no JSON; write it as it is sent") from None


def _as_somebody_new(data: bytes, patient_id: str) -> bytes:
    old, new = patient_id.encode(), f"{patient_id}-{ids.new_uuid()[:8]}".encode()
    return data.replace(b'"%s"' % old, b'"%s"' % new).replace(
        b'Patient/%s"' % old, b'Patient/%s"' % new
    )


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
