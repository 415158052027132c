"""Tell clients apart, and count the watches that each has open."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import unquote

from racetime_api.refusal import too_many_watches

# What the gateway says of who asks; it lets nobody else say so.
ADDRESS_METADATA = "racetime-address"
KEY_METADATA = "racetime-key"
# Who was given an API key may have so many times as much.
KEY_FACTOR = 10


class Clients:
    """The clients that have watches open at this replica."""

    def __init__(self, most_watches: int) -> None:
        self._most_watches = most_watches
        self._watches: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Clients that are counted."""
        return len(self._watches)

    @contextmanager
    def watching(self, metadata: Mapping[str, str | bytes], peer: str) -> Iterator[None]:
        """Count a watch inside `with`; raise Refusal when it has as many as it may."""
        client = client_of(metadata, peer) if self._most_watches else None
        if client is None:
            yield
            return
        most = self._most_watches * (KEY_FACTOR if client.startswith("key ") else 1)
        if self._watches[client] >= most:
            raise too_many_watches(client, most, 5.0 + 5.0 * random.random())
        self._watches[client] += 1
        try:
            yield
        finally:
            self._watches[client] -= 1
            if not self._watches[client]:
                del self._watches[client]


def client_of(metadata: Mapping[str, str | bytes], peer: str) -> str | None:
    """Name who asks: by an API key, or by an address, of which a household has 2**64 in IPv6.

    What runs on this machine is nobody, as is who asks by other ways than IP.
    """
    key = metadata.get(KEY_METADATA)
    if key:
        return f"key {key!s}"
    try:
        address = ip_address(str(metadata.get(ADDRESS_METADATA) or _peer_address(peer)))
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            network = ip_network((address, 64), strict=False)
            return None if address.is_loopback else f"address {network}"
        address = address.ipv4_mapped
    return None if address.is_loopback else f"address {address}"


def _peer_address(peer: str) -> str:
    """Take the address out of what gRPC calls a peer: ipv4:1.2.3.4:5, ipv6:%5B::1%5D:5."""
    kind, _, rest = unquote(peer).partition(":")
    host = rest.rpartition(":")[0] if kind in ("ipv4", "ipv6") else ""
    return host.strip("[]").partition("%")[0]
