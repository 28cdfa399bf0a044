"""Which addresses a download may connect to: public ones, and hosts that the recorder's owner trusts.

A name is resolved here and the connection goes to the address that was checked, so a name that answers
differently the second time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from recorder.downloads.errors import DownloadError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What `ipaddress` counts as public in some of the supported Python versions: a cloud's metadata service, and
# ranges for protocols of the network itself, one of which is another cloud's metadata service.
_NOT_FOR_DOWNLOADS = {
    "metadata service": (ipaddress.ip_network("168.63.129.16/32"),),
    "not public": tuple(
        map(ipaddress.ip_network, ("192.0.0.0/24", "64:ff9b:1::/48", "192.88.99.0/24", "2001::/23", "3fff::/20", "5f00::/16"))
    ),
}
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"),)
_V4_COMPATIBLE = ipaddress.ip_network("::/96")


def refused_reason(address: Address) -> str | None:
    """Why no download may connect to `address`; None when it is public.

    IPv4 inside IPv6 counts as that IPv4 address.
    """
    inner = _embedded(address)
    for reason in map(refused_reason, inner):
        if reason:
            return f"{reason} in IPv6"
    if inner and isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or _in(address, _NAT64)):
        return None
    for name, networks in _NOT_FOR_DOWNLOADS.items():
        if _in(address, networks):
            return name
    for name, refused in (
        ("unspecified", address.is_unspecified),
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local),
        ("multicast", address.is_multicast),
        ("reserved", address.is_reserved),
        ("private", address.is_private or getattr(address, "is_site_local", False)),
        ("not public", not address.is_global),
    ):
        if refused:
            return name
    return None


def _in(address: Address, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    return any(address in network for network in networks)


def _embedded(address: Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that the system or a gateway would reach behind this IPv6 address."""
    if isinstance(address, ipaddress.IPv4Address) or int(address) <= 1:
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if _in(address, (_V4_COMPATIBLE, *_NAT64)):
        found.append(ipaddress.IPv4Address(address.packed[-4:]))
    return [inner for inner in found if inner is not None]


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Resolves a host to the addresses that may be connected to.

    Attributes:
        trusted: hosts, lower case, with or without a port; they may have any address.
        only_trusted: nothing but the trusted hosts may be reached.
    """

    trusted: frozenset[tuple[str, int | None]]
    only_trusted: bool = False

    @classmethod
    def of(cls, trusted_hosts: Iterable[str]) -> AddressGuard:
        """A guard for `trusted_hosts`, each "host", "host:port", "::1" or "[::1]:port".

        Raises:
            ValueError: an entry is none of these; it is named.
        """
        if isinstance(trusted_hosts, str):
            raise ValueError(f"trusted_hosts must be a list of hosts, not the str {trusted_hosts!r}")
        return cls(frozenset(_parse_host(host) for host in trusted_hosts))

    async def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of `host` that may be connected to, in the resolver's order.

        Raises:
            DownloadError: AddressRefused, when there is none.
            OSError: the name cannot be resolved.
        """
        name = host.lower().strip("[]").rstrip(".")
        if (name, port) in self.trusted or (name, None) in self.trusted:
            return await _resolve(host, port)
        if self.only_trusted:
            raise DownloadError("AddressRefused", f"refused to leave the configured server for {host}:{port}")
        allowed, reasons = [], []
        for text in await _resolve(host, port):
            address = ipaddress.ip_address(text.partition("%")[0])
            reason = refused_reason(address)
            if reason is None:
                allowed.append(text)
            else:
                reasons.append(f"{address} ({reason})")
        if not allowed:
            raise DownloadError(
                "AddressRefused",
                f"refused to connect to {host}:{port}, which is {', '.join(reasons)}; trusted_hosts can allow it",
            )
        return allowed


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _parse_host(entry: object) -> tuple[str, int | None]:
    if not isinstance(entry, str):
        raise ValueError(f"trusted_hosts must hold strings, not {entry!r}")
    host, colon, port = entry.strip().lower(), "", ""
    if host.startswith("["):
        host, _, port = host[1:].partition("]")
        colon, port = port[:1], port[1:]
    elif host.count(":") == 1:
        host, colon, port = host.partition(":")
    if (
        not host.rstrip(".")
        or any(mark in host for mark in "/@?#*\\,;")
        or any(map(str.isspace, host))
        or colon not in ("", ":")
        or (colon and not _is_port(port))
        or (":" in host and not _is_ipv6(host))
    ):
        raise ValueError(f'trusted_hosts holds {entry!r}; "host" or "host:port" is meant')
    return host.rstrip("."), int(port) if port else None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 2**16


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
