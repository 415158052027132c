"""How tests share out between processes, where `make test` runs several at once (pytest-xdist)."""

import pytest
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
