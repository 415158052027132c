"""Matters before the stewards, read from the messages of race control.

A matter goes from its note to its decision through messages that share no number. They are held
together by what they name: the cars, the reason, the turn, the phase of qualifying, and since
2026 the time of the day at which it happened.
"""

from collections.abc import Iterable, Mapping, Sequence

from racetime_poller.race.memo import remembered
from racetime_poller.race.rows import RaceControlRow
from racetime_poller.race.steward_words import Word, word
from racetime_poller.race.views import PenaltyKind, StewardMatter, StewardMatterState

_NOTED, _INVESTIGATED, _DEFERRED, _CLOSED, _PENALISED, _SERVED = (
    StewardMatterState.NOTED,
    StewardMatterState.INVESTIGATED,
    StewardMatterState.DEFERRED,
    StewardMatterState.CLOSED,
    StewardMatterState.PENALISED,
    StewardMatterState.SERVED,
)
_OPEN = frozenset({_NOTED, _INVESTIGATED, _DEFERRED})
# The states that a word may find its matter in.
_BEFORE: Mapping[StewardMatterState, frozenset[StewardMatterState]] = {
    _NOTED: frozenset({_NOTED}),
    _INVESTIGATED: _OPEN,
    _DEFERRED: _OPEN,
    _CLOSED: _OPEN,
    _PENALISED: _OPEN,
    _SERVED: frozenset({_PENALISED}),
}
_ANY = frozenset(StewardMatterState)
# A message that comes again so soon says nothing new; a second penalty of one kind takes longer.
_REPEATED_MILLIS = 60_000


@remembered(4)
def matters(messages: tuple[RaceControlRow, ...]) -> Mapping[str, StewardMatter]:
    """Read all matters by identity, from the first note to the newest word.

    The identity, its first instant and car, stays when more is said.
    """
    result: dict[str, StewardMatter] = {}
    for words in _gathered(messages):
        key = identity = f"{words[0].at}/{words[0].cars[0]}"
        number = 1
        while key in result:
            number += 1
            key = f"{identity}/{number}"
        result[key] = _matter(words)
    return result


def _gathered(messages: Iterable[RaceControlRow]) -> Sequence[Sequence[Word]]:
    """Put the words on each matter together, in their order. Words of one second go by how far
    they bring a matter."""
    words = [said for row in messages if (said := word(row)) is not None]
    gathered: list[list[Word]] = []
    for said in sorted(words, key=lambda one: (one.at, one.state, one.message)):
        if any(_repeats(matter[-1], said) for matter in gathered):
            continue
        known = [(score, matter) for matter in gathered if (score := _fit(matter, said))]
        best = max(known, key=lambda pair: pair[0], default=None)
        if best is None:
            gathered.append([said])
        else:
            best[1].append(said)
    return gathered


def _repeats(newest: Word, said: Word) -> bool:
    return newest.message == said.message and said.at - newest.at <= _REPEATED_MILLIS


def _fit(matter: Sequence[Word], said: Word) -> tuple[int, ...] | None:
    """Tell how well a word fits a matter; None when it cannot be about it.

    Of several matters: the one that happened at its time, that names the same cars and reason,
    that is the furthest, that is the oldest; a correction is about the newest.
    """
    newest = matter[-1]
    states = _ANY if said.corrects else _BEFORE[said.state]
    if newest.state not in states or not _same_cars(matter, said):
        return None
    reason, place = _same_reason(matter, said), _same_place(matter, said)
    if not said.corrects and not (reason and place and _same_penalty(newest, said)):
        return None
    by_clock = said.clock is not None and said.clock in {one.clock for one in matter}
    same_cars = set(matter[0].cars) == set(said.cars)
    order = (newest.at,) if said.corrects else (int(newest.state), -matter[0].at)
    return (by_clock, same_cars, reason, place, *order)


def _same_penalty(newest: Word, said: Word) -> bool:
    """Tell whether what was served can be what was given."""
    if said.state is not _SERVED or not said.penalty:
        return True
    return (newest.penalty, newest.penalty_millis) == (said.penalty, said.penalty_millis)


def _same_cars(matter: Sequence[Word], said: Word) -> bool:
    if said.state is _SERVED:
        return bool(set(matter[-1].cars) & set(said.cars))
    # A decision names the one that is to blame.
    if said.state is _PENALISED or said.corrects:
        return bool(set(matter[0].cars) & set(said.cars))
    return set(matter[0].cars) == set(said.cars)


def _same_reason(matter: Sequence[Word], said: Word) -> bool:
    known = next((one.reason for one in reversed(matter) if one.reason), "")
    if said.state is _NOTED:
        return known == said.reason
    return known.startswith(said.reason) or said.reason.startswith(known)


def _same_place(matter: Sequence[Word], said: Word) -> bool:
    for name in ("clock", "turn", "phase"):
        value = getattr(said, name)
        known = {getattr(one, name) for one in matter} - {None}
        if value is not None and known and value not in known:
            return False
    return True


def _matter(words: Sequence[Word]) -> StewardMatter:
    newest = words[-1]
    decided = next((one for one in reversed(words) if one.penalty), None)
    if decided is not None and newest.state not in (_PENALISED, _SERVED):
        decided = None
    return StewardMatter(
        driver_numbers=_drivers(words),
        state=newest.state,
        message=newest.message,
        at=newest.at,
        first_at=words[0].at,
        penalty_millis=decided.penalty_millis if decided else None,
        penalty_kind=decided.penalty if decided else PenaltyKind.UNSPECIFIED,
        reason=next((one.reason for one in reversed(words) if one.reason), ""),
        lap=words[0].lap,
        turn=next((one.turn for one in reversed(words) if one.turn is not None), None),
        grid_places=decided.grid_places if decided else None,
    )


def _drivers(words: Sequence[Word]) -> tuple[int, ...]:
    """Return all cars named, first those of the newest word: a decision names who is to blame."""
    named = [words[-1].cars, *(one.cars for one in words)]
    return tuple(dict.fromkeys(number for cars in named for number in cars))
