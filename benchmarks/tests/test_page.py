"""What the page's benchmark makes of what the browser says; nothing here is timed."""

import pytest

from benchmarks.page.lighthouse import lacking
from benchmarks.page.measure import take_over
from benchmarks.page.scenes import drawn_per_second
from benchmarks.report import Report


def test_frames_drawn_are_counted_between_the_first_and_the_last():
    events = [{"name": "DrawFrame", "ts": at} for at in (0, 20_000, 40_000, 100_000)]
    others = [{"name": "BeginFrame", "ts": at} for at in range(0, 200_000, 1_000)]
    assert drawn_per_second([*others, *events]) == pytest.approx(30)
    assert drawn_per_second(others) == 0


def test_a_scene_that_is_measured_anew_takes_the_place_of_its_older_figures():
    report, fresh = Report("page"), Report("page")
    for name in ("load: first row", "tab: hidden", "follow at 4 Hz, CPU / 4, phone: busy"):
        report.add(name, 1, "s")
    fresh.add("tab: hidden", 2, "s")
    take_over(report, fresh)
    assert {figure.name: figure.value for figure in report.figures} == {
        "load: first row": 1,
        "follow at 4 Hz, CPU / 4, phone: busy": 1,
        "tab: hidden": 2,
    }


def test_audits_below_nine_tenths_are_told():
    audits = {
        "paint": {"score": 0.5, "displayValue": "3 s"},
        "colour": {"score": 1},
        "note": {"score": None},
    }
    assert lacking({"audits": audits}) == {"paint": "3 s"}
