"""Addresses that come with a call: where somebody wants to go, and where they call from."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

#: A path of the workbench, in characters that no browser reads in two ways.
_OWN = re.compile(r"/(workbench(/[!-\[\]-~]*)?)?(\?[!-\[\]-~]*)?")
_MOST_CHARACTERS = 2000


def own_path(text: str) -> str:
    """The page of the workbench that somebody is to be led to, below the base of the service.

    Whatever else a link says leads to the first page: nobody who signs in here is led elsewhere.
    """
    if len(text) > _MOST_CHARACTERS or not _OWN.fullmatch(text) or text.startswith("//"):
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    if parts.scheme or parts.netloc or ".." in parts.path or "//" in parts.path:
        return "/"
    return text


def caller(peer: str | None, told: str) -> str:
    """Where a call comes from, as attempts are counted by it.

    Args:
        peer: the address that is connected.
        told: what a proxy said; believed only of one on this machine or in its network.

    Returns:
        An IPv4 address, or the network of an IPv6 address (64 bits are one household's).
    """
    address = peer or ""
    try:
        if told and ip_address(address).is_private:
            address = str(ip_address(told.strip()))
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> 64 << 64)) + "/64"
    return str(found)
