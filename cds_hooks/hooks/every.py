"""Every service there is, in the order discovery lists them."""

from __future__ import annotations

from cds_hooks.hooks import appointment_book, encounters, orders, patient_view, problem_list

SERVICES = (
    patient_view.SERVICE,
    encounters.START,
    encounters.DISCHARGE,
    orders.SELECT,
    orders.SIGN,
    orders.DISPATCH,
    appointment_book.SERVICE,
    problem_list.SERVICE,
)
