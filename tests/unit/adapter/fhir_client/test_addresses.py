"""Which addresses may be called when somebody else names the server."""

from __future__ import annotations

import pytest

from adapter.fhir_client.addresses import may_call

FORBIDDEN = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",  # noqa: S104
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:1::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "no-address",
    "2130706433",
    "",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_public_may_not_be_called(address: str):
    assert not may_call(address, allow_private=False)


@pytest.mark.parametrize(
    "address",
    ("93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"),
)
def test_a_public_address_may_be_called(address: str):
    assert may_call(address, allow_private=False)


@pytest.mark.parametrize(
    ("address", "allowed"),
    (
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("::1", True),
        ("fd00::1", True),
        ("169.254.169.254", False),
        ("::ffff:169.254.169.254", False),
        ("fe80::1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
    ),
)
def test_a_private_network_can_be_allowed_but_no_metadata_service(address: str, allowed: bool):
    assert may_call(address, allow_private=True) is allowed
