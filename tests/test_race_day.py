"""What `make kind-test` does in a cluster, done to the processes of one machine, by TLS."""

from pathlib import Path

import grpc
import pytest
import race_day
from chain import StartChain

from racetime_embedded.tls import gateway_tls

pytestmark = [pytest.mark.chain, pytest.mark.timeout(120)]


def test_viewers_lose_nothing_while_parts_are_killed_and_replaced(
    start_chain: StartChain, tmp_path: Path
) -> None:
    certificate = gateway_tls({"RACETIME_GATEWAY_TLS": "self-signed"}, tmp_path / "tls")
    chain = start_chain(speed=10, environ=certificate)
    for name in chain.parts:
        chain.until_up(name)
    credentials = grpc.ssl_channel_credentials((tmp_path / "tls" / "ca.pem").read_bytes())
    disturbances = [
        ("a replica killed", lambda: chain.restart("api-1")),
        ("the poller killed", lambda: chain.restart("poller")),
        ("the gateway killed", lambda: chain.restart("gateway")),
        ("replicas replaced", lambda: [chain.terminate("api-2"), chain.start("api-2")]),
    ]
    target = f"localhost:{chain.ports.gateway}"
    told = race_day.watch_through(target, credentials, disturbances)
    assert [one.what for one in told] == [what for what, _ in disturbances]
    # Who was cut was not merely spared.
    assert sum(one.cuts for one in told) >= race_day.VIEWERS


def test_who_loses_an_update_is_told_of_it(start_chain: StartChain) -> None:
    chain = start_chain(speed=10, replicas=1)
    chain.until_on_screen()

    def lose() -> None:
        for viewer in viewers:
            viewer.sequence -= 1

    viewers: list[race_day.Witness] = []

    class Forgetful(race_day.Witness):
        def __enter__(self):
            viewers.append(self)
            return super().__enter__()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(race_day, "Witness", Forgetful)
        with pytest.raises(race_day.Lost, match="was followed by"):
            race_day.watch_through(chain.target, None, [("an update lost", lose)])
