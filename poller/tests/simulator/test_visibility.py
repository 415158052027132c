"""Rows appear when their time has come, and grow as OpenF1's do."""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 5, 3, 13, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def lap(number: int, start: float | None, duration: float | None = 90.0, **other: Any) -> Any:
    return {
        "session_key": 7,
        "meeting_key": 3,
        "driver_number": 4,
        "lap_number": number,
        "date_start": None if start is None else after(start).isoformat(),
        "duration_sector_1": 30.0,
        "duration_sector_2": 40.0,
        "duration_sector_3": 20.0,
        "i1_speed": 300,
        "i2_speed": 280,
        "st_speed": 320,
        "is_pit_out_lap": False,
        "lap_duration": duration,
        "segments_sector_1": [2048],
        "segments_sector_2": [2049],
        "segments_sector_3": [2051],
        **other,
    }


def test_a_lap_opens_empty_and_fills_sector_by_sector(small) -> None:
    asker = small(laps=[lap(1, 0), lap(2, 90)])
    assert asker.rows("laps", at=after(0)) == []
    opened = asker.rows("laps", at=after(1))[0]
    assert opened["date_start"] == START.isoformat()
    assert opened["duration_sector_1"] is opened["lap_duration"] is opened["st_speed"] is None
    first = asker.rows("laps", at=after(31))[0]
    assert (first["duration_sector_1"], first["i1_speed"], first["segments_sector_1"]) == (
        *(30.0, 300),
        [2048],
    )
    assert first["duration_sector_2"] is first["i2_speed"] is None
    second = asker.rows("laps", at=after(71))[0]
    assert (second["duration_sector_2"], second["lap_duration"]) == (40.0, None)
    whole, begun = asker.rows("laps", at=after(91))
    assert whole == lap(1, 0)
    assert (begun["lap_number"], begun["lap_duration"]) == (2, None)


def test_a_lap_ends_when_the_next_one_starts(small) -> None:
    asker = small(laps=[lap(1, 0, duration=None), lap(2, 95)])
    assert len(asker.rows("laps", at=after(95))) == 1
    assert asker.rows("laps", "lap_number=1", at=after(96))[0]["segments_sector_3"] == [2051]


def test_a_lap_without_a_start_is_placed_between_its_neighbours(small) -> None:
    asker = small(laps=[lap(1, 0), lap(2, None), lap(3, 180)])
    assert [row["lap_number"] for row in asker.rows("laps", at=after(89))] == [1]
    rows = asker.rows("laps", at=after(92))
    assert [row["lap_number"] for row in rows] == [2, 1], "nulls come first"
    assert asker.rows("laps", "lap_number=2", at=after(181))[0] == lap(2, None)
    assert len(asker.rows("laps", "date_start%3E=2020-01-01", at=after(999))) == 2


def test_a_stint_follows_the_completed_laps(small) -> None:
    stints = [
        {"driver_number": 4, "stint_number": 1, "lap_start": 1, "lap_end": 2, "compound": "SOFT"},
        {"driver_number": 4, "stint_number": 2, "lap_start": 3, "lap_end": 3, "compound": "HARD"},
        {"driver_number": 5, "stint_number": 1, "lap_start": 1, "lap_end": 1, "compound": "HARD"},
    ]
    asker = small(laps=[lap(1, 0), lap(2, 90), lap(3, 180)], stints=stints)

    def shown(seconds: float) -> list[tuple[int, int]]:
        rows = asker.rows("stints", "driver_number=4", at=after(seconds))
        return [(row["stint_number"], row["lap_end"]) for row in rows]

    assert shown(0) == []
    assert shown(1) == [(1, 0)]
    assert shown(91) == [(1, 1)]
    assert shown(181) == [(1, 2), (2, 2)]
    assert shown(271) == [(1, 2), (2, 3)]
    assert asker.rows("stints", "driver_number=5", at=after(271)) == [stints[2]]


def test_a_dated_row_is_seen_half_a_second_after_its_date(small) -> None:
    row = {"session_key": 7, "driver_number": 4, "date": after(10).isoformat(), "lap_number": 3}
    asker = small(pit=[row])
    assert asker.rows("pit", at=after(10.4)) == []
    assert asker.rows("pit", at=after(10.5)) == [row]


def test_the_result_is_out_five_minutes_after_the_last_lap(small) -> None:
    asker = small(laps=[lap(1, 0)], session_result=[{"position": 1, "driver_number": 4}])
    assert asker.rows("session_result", at=after(389)) == []
    assert len(asker.rows("session_result", at=after(390))) == 1


def test_latest_flips_a_minute_before_the_scheduled_start(small) -> None:
    asker = small()
    assert asker.rows("sessions", "session_key=latest", at=after(-61)) == []
    assert len(asker.rows("sessions", "session_key=latest", at=after(-60))) == 1


def test_a_whole_session_of_telemetry_is_too_much(madeup) -> None:
    end = START + timedelta(hours=3)
    assert madeup.status("location", "session_key=90001", at=end) == 422
    assert madeup.status("car_data", "", at=end) == 422
    assert madeup.status("location", "session_key=90001&driver_number=4", at=end) == 200
    assert madeup.status("location", "date%3E=2026-05-03", at=end) == 422


def test_an_unknown_endpoint_looks_empty(small) -> None:
    asker = small()
    assert asker.status("drivers_championship") == 404
    assert asker.status("Sessions", at=after(0)) == 200
    assert asker.status("sessions/") == 404
    assert asker.status("sessions", "session_key=", at=after(0)) == 500


def test_csv_has_its_columns_in_alphabetical_order(small) -> None:
    answer = small().openf1.respond(
        "GET", "/v1/sessions", "csv=true", {}, b"", int(START.timestamp() * 1e6)
    )
    assert answer.body.startswith(b"date_end,date_start,meeting_key,session_key\n2026-05-03")
