"""Which IP addresses may be called when somebody else names the server.

Loopback, private, shared (carrier NAT), reserved and documentation addresses are not public
(IANA special-purpose registries, RFC 6890). An IPv6 address that wraps an IPv4 one is judged by
what it wraps.
"""

from __future__ import annotations

import ipaddress

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
#: Protocol assignments, which some versions of Python take for public.
_SPECIAL_IPV4 = ipaddress.ip_network("192.0.0.0/24")


def may_call(address: str, *, allow_private: bool) -> bool:
    """Whether an address may be called; False for text that is no address.

    With `allow_private` loopback and private addresses may be called too. Link-local addresses
    (where clouds keep credentials), multicast and unspecified ones never may.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return may_call(str(wrapped), allow_private=allow_private)
        public = ip in _PUBLIC_IPV6 and ip.is_global
    else:
        public = ip.is_global and not ip.is_reserved and ip not in _SPECIAL_IPV4
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local:
        return False
    return public or allow_private
