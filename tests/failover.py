"""What every kind of Redis must pass: viewers go on without a gap, and end equal to the log."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from chain import Chain
from witness import Witness, canonical, read_head


@contextmanager
def watched(chain: Chain) -> Iterator[list[Witness]]:
    """Let viewers watch, through the gateway and at each replica, until left."""
    with ExitStack() as stack:
        targets = [chain.target, chain.target, *chain.api_targets]
        witnesses = [stack.enter_context(Witness(target)) for target in targets]
        chain.until("all watch", lambda: all(w.updates > 2 for w in witnesses))
        yield witnesses


def until_gone_on(chain: Chain, redis_url: str, witnesses: Sequence[Witness]) -> None:
    """Wait until the log goes on, and all viewers have news of that."""
    before = read_head(redis_url)[0]
    chain.until("the log goes on", lambda: read_head(redis_url)[0] > before + 2)
    after = read_head(redis_url)[0]
    chain.until("all go on", lambda: all(w.sequence > after for w in witnesses))


def assert_all_equal(chain: Chain, redis_url: str, witnesses: Sequence[Witness]) -> None:
    """End the race: all viewers must have all of the log, and have had no gap."""
    chain.terminate("poller")
    sequence, head = read_head(redis_url)
    chain.until("all are at the end", lambda: all(w.sequence == sequence for w in witnesses))
    assert {w.seen() for w in witnesses} == {(sequence, canonical(head))}
    assert [w.faults for w in witnesses if w.faults] == []
