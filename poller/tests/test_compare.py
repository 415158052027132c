"""What RaceTime tells of recorded sessions is what the officials say, or it is known why not."""

from pathlib import Path

import pytest
from recording_names import RACES

from racetime_poller import compare

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.mark.parametrize("name", RACES)
def test_races_end_as_the_officials_say(name: str, recordings: Path) -> None:
    session = compare.read(recordings / name)
    for column in (compare.laps, compare.retirements):
        found = column(session)
        assert found.alike == found.of, str(found)
    order = compare.order(session)
    assert order.alike == order.of or "penalties" in order.why
    assert "unexplained" not in order.why


def test_safety_cars_are_those_of_the_race(recordings: Path) -> None:
    session = compare.read(recordings / "2025-australia-race")
    assert compare.periods(session) == "SC laps 1-7, SC laps 34-41, SC laps 47-51"


def test_qualifying_eliminates_whom_the_officials_do(recordings: Path) -> None:
    session = compare.read(recordings / "2025-emilia-romagna-qualifying")
    found = compare.eliminations(session)
    assert (found.alike, found.of) == (20, 20)
    assert compare.periods(session) == "red, red"


def test_the_readmes_tables_are_those_that_the_command_makes(recordings: Path) -> None:
    names = (*RACES, "2025-emilia-romagna-qualifying")
    text = compare.table([compare.read(recordings / name) for name in names])
    assert text in README.read_text()


def test_tables_go_between_the_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("# A\n<!-- compare: begin -->\nold\n<!-- compare: end -->\nB\n")
    compare.write(readme, "| new |")
    text = readme.read_text()
    assert text == "# A\n<!-- compare: begin -->\n| new |\n<!-- compare: end -->\nB\n"
    readme.write_text("nothing")
    with pytest.raises(ValueError, match="compare: begin"):
        compare.write(readme, "")
