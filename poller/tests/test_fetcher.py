"""What is asked of the source: windows that overlap, and no hole after an outage."""

from collections.abc import Callable
from typing import Any

import pytest

from racetime_poller import metrics
from racetime_poller.fetcher import Fetcher
from racetime_poller.intake import Intake
from racetime_poller.race.rows import DriverRow, Instant, LapRow, SessionRow
from racetime_poller.sources.budget import Budget, Tier
from racetime_poller.sources.clock import SourceClock
from racetime_poller.sources.decode import Decoded, parse_instant
from racetime_poller.sources.openf1 import RateLimited, TooMuch, Unavailable
from racetime_poller.sources.schedule import Schedule

T0 = 1_742_000_000_000


class Source:
    """Answers with nothing, or with an error; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.fails: Callable[[dict[str, Any]], Exception | None] = lambda params: self.error

    async def log_in(self) -> None:
        """Have no account."""

    async def fetch(self, endpoint: str, params: Any, *, bulk: bool = False) -> Decoded:
        self.asked.append(dict(params))
        if error := self.fails(dict(params)):
            raise error
        return Decoded([])


@pytest.fixture
def fetcher() -> Any:
    clock = SourceClock(_base_millis=float(T0), _base_monotonic=0.0, speed=0.0)
    return Fetcher(
        Source(),  # type: ignore[arg-type]
        Budget(Tier(100, 1000), lambda: 100.0),
        clock,
        Intake.of(SessionRow(9, 3, "Race", Instant(T0 - 3_600_000))),
        Schedule.of("local", is_race=True, speed=1.0),
        True,
        lambda *, urgent=False: None,
    )


async def ask(fetcher: Any, endpoint: str, *, whole: bool = False) -> dict[str, Any]:
    await fetcher._ask(endpoint, whole=whole)
    asked: dict[str, Any] = fetcher.source.asked[-1]
    return asked


async def test_a_window_begins_before_the_newest_row(fetcher: Any) -> None:
    fetcher.intake.freshness.seen("position", T0 - 5_000)
    window = await ask(fetcher, "position")
    assert parse_instant(window["date>"]) == T0 - 5_000 - 60_000
    assert await ask(fetcher, "position", whole=True) == {"session_key": 9}


async def test_a_hole_is_walked_through_and_a_slice_that_failed_is_asked_again(
    fetcher: Any,
) -> None:
    fetcher.intake.freshness.seen("location", T0 - 900_000)
    fetcher.source.error = Unavailable("HTTP 502")
    first = await ask(fetcher, "location")
    fetcher.source.error = None
    assert await ask(fetcher, "location") == first
    begins, ends = [parse_instant(first["date>"])], parse_instant(first["date<"])
    while "date<" in (window := await ask(fetcher, "location")):
        begins.append(parse_instant(window["date>"]))
        assert begins[-1] <= ends
        ends = parse_instant(window["date<"])
    assert parse_instant(window["date>"]) <= ends
    assert fetcher.intake.freshness.newest["location"] == T0 - 900_000


async def test_laps_are_read_from_the_slowest_car_that_runs(fetcher: Any) -> None:
    rows = [
        LapRow(9, 1, 30, Instant(T0 - 50_000)),
        LapRow(9, 16, 28, Instant(T0 - 90_000)),
        LapRow(9, 44, 3, Instant(T0 - 3_000_000)),
    ]
    fetcher.intake.apply("laps", Decoded(rows), T0)
    assert await ask(fetcher, "laps") == {"session_key": 9, "lap_number>": 27}


async def test_what_was_set_aside_is_counted(fetcher: Any) -> None:
    fetcher._take_in("laps", Decoded([LapRow(8, 1, 3)], [("shape", "17")]))
    counted = {
        sample.labels["reason"]: sample.value
        for metric in metrics.SET_ASIDE.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and sample.labels["endpoint"] == "laps"
    }
    assert counted["shape"] >= 1
    assert counted["other_session"] >= 1


async def test_429_pauses_everything_and_blames_no_endpoint(fetcher: Any) -> None:
    fetcher.source.error = RateLimited(7.0)
    await ask(fetcher, "laps")
    assert fetcher.budget.paused_seconds == 7.0
    assert fetcher.requests.failures["laps"] == 0
    assert fetcher.stats["laps"].failures == 1


async def test_a_table_that_is_too_long_is_read_in_slices_once(fetcher: Any) -> None:
    def too_long(params: dict[str, Any]) -> Exception | None:
        return None if "date<" in params or "driver_number" in params else TooMuch("422")

    fetcher.source.fails = too_long
    fetcher.intake.apply("drivers", Decoded([DriverRow(9, 1), DriverRow(9, 16)]), T0)
    assert await fetcher._ask("position", whole=True)
    slices = fetcher.source.asked[1:]
    begins = [parse_instant(window["date>"]) for window in slices]
    ends = [parse_instant(window["date<"]) for window in slices]
    assert begins[1:] == ends[:-1]
    assert begins[0] < T0 - 3_600_000 < T0 <= ends[-1]
    assert not fetcher._is_resync_due("position")
    assert fetcher.requests.failures["position"] == 0
    assert await fetcher._ask("laps", whole=True)
    assert [one["driver_number"] for one in fetcher.source.asked[-2:]] == [1, 16]
    assert not any("date>" in one for one in fetcher.source.asked[-2:])


async def test_the_slices_of_an_old_session_end_with_its_day(fetcher: Any) -> None:
    fetcher.clock._base_millis += 30 * 24 * 3_600_000
    assert 10 < len(fetcher.windows.slices("position")) <= 48


async def test_samples_that_are_too_much_are_asked_for_in_shorter_windows(fetcher: Any) -> None:
    fetcher.intake.freshness.seen("location", T0 - 900_000)
    before = await ask(fetcher, "location")
    fetcher.source.error = TooMuch("422")
    await ask(fetcher, "location")
    fetcher.source.error = None
    after = await ask(fetcher, "location")
    one, other = (
        parse_instant(window["date<"]) - parse_instant(window["date>"])
        for window in (before, after)
    )
    assert other == one // 2


async def test_a_source_that_is_left_alone_after_the_end_is_not_silent(fetcher: Any) -> None:
    await ask(fetcher, "sessions")
    fetcher.schedule.rest()
    fetcher.requests.answered_at = 0.0
    fetcher._note_rest(50.0)
    assert fetcher.answered_at == 50.0
    fetcher.source.error = Unavailable("HTTP 502")
    await ask(fetcher, "sessions")
    fetcher._note_rest(90.0)
    assert fetcher.answered_at == 50.0
