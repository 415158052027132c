"""The push feed under its faults: messages come again, late and out of order; none is lost."""

from racetime_simulator.faults import Faults
from racetime_simulator.faults.messages import Delivery

SECOND = 1_000_000
MESSAGES = [("v1/laps", b'{"lap_number":%d,"date_start":"x"}' % number) for number in range(300)]


def delivered(*names: str) -> tuple[list[tuple[str, bytes]], Faults]:
    """Publish one message each tenth of a second, then nothing for a while."""
    faults = Faults(frozenset(names), rate=0.2)
    delivery, found = Delivery(faults), []
    for number in range(len(MESSAGES) + 100):
        found += delivery.take(MESSAGES[number : number + 1], number * SECOND // 10)
    return found, faults


def test_without_faults_all_is_delivered_at_once() -> None:
    assert delivered() == (MESSAGES, Faults(rate=0.2))


def test_messages_come_again() -> None:
    found, faults = delivered("mqtt_duplicate")
    assert len(found) == len(MESSAGES) + faults.injected["mqtt_duplicate"]
    assert set(found) == set(MESSAGES)


def test_messages_come_late_and_each_once() -> None:
    found, faults = delivered("mqtt_reorder")
    assert found != MESSAGES
    assert sorted(found) == sorted(MESSAGES)
    assert 30 < faults.injected["mqtt_reorder"] < 90


def test_garbage_comes_among_the_true_ones() -> None:
    found, faults = delivered("mqtt_garbage")
    assert [one for one in found if one in MESSAGES][:20] == MESSAGES[:20]
    assert len(found) == len(MESSAGES) + faults.injected["mqtt_garbage"]
