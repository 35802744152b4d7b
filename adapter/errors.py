"""What can go wrong while the adapter is asked something.

AdapterError
└── UnusableInput   the input or the arguments cannot be used: what was found and what to do

Faults of the data themselves come from `mappings.errors`, of plans and policies from
`eligibility.errors`. Only the command line knows exit codes, only the web layer status codes.
"""

from __future__ import annotations


class AdapterError(Exception):
    """Any failure this package raises."""


class UnusableInput(AdapterError):
    """The input or the arguments cannot be used; the message is one line without patient data."""
