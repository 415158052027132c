"""Every circuit of the calendar has its laps; one that is new gets them by the rule."""

import pytest

from racetime_poller.race import distances, session
from racetime_poller.race.distances import lap_length_meters, laps_by_rule, scheduled_laps
from racetime_poller.race.rows import Instant, SessionRow
from racetime_poller.race.state import Race
from racetime_poller.race.views import TotalLapsBasis

CALENDAR_2026 = (
    *("Melbourne", "Shanghai", "Suzuka", "Miami", "Montreal", "Monte Carlo", "Catalunya"),
    *("Spielberg", "Silverstone", "Spa-Francorchamps", "Hungaroring", "Zandvoort", "Monza"),
    *("Madring", "Baku", "Singapore", "Austin", "Mexico City", "Interlagos", "Las Vegas"),
    *("Lusail", "Yas Marina Circuit", "Sakhir", "Jeddah"),
)


@pytest.mark.parametrize("name", CALENDAR_2026)
def test_each_circuit_of_the_calendar_has_its_laps(name: str) -> None:
    assert scheduled_laps(name, "Race")
    assert scheduled_laps(name, "Sprint")


@pytest.mark.parametrize("name", sorted(distances._CIRCUITS.keys() - {"Monte Carlo"}))
def test_the_rule_tells_what_the_table_does(name: str) -> None:
    length, laps = lap_length_meters(name), scheduled_laps(name, "Race")
    assert length is not None
    assert laps is not None
    # The start line lies some way from the finish line.
    assert abs((laps_by_rule(length, "Race") or 0) - laps) <= 1


def test_madrid_is_in_the_table() -> None:
    assert scheduled_laps("Madring", "Race") == laps_by_rule(5_416, "Race") == 57
    assert lap_length_meters("Madrid") == 5_416


def progress(circuit: str, name: str, lap_meters: float | None):
    row = SessionRow(9, 3, name, Instant(0), circuit_short_name=circuit)
    return session.progress(Race(row), session.control(Race(row)), None, lap_meters)


@pytest.mark.parametrize(("name", "laps"), [("Race", 61), ("Sprint", 20)])
def test_a_circuit_that_is_new_has_laps_once_its_length_is_known(name: str, laps: int) -> None:
    found = progress("Nowhere", name, 4_955.0)
    assert (found.total_laps, found.total_laps_basis) == (laps, TotalLapsBasis.DISTANCE)
    assert progress("Nowhere", name, None).total_laps is None
    assert progress("Monza", name, 4_955.0).total_laps_basis is TotalLapsBasis.TABLE


def test_a_length_that_no_circuit_has_tells_nothing() -> None:
    assert progress("Nowhere", "Race", 900.0).total_laps is None
    assert progress("Nowhere", "Practice 1", 4_955.0) is None
