"""Tell how fresh the sources are, for as few bytes as leave a reader with the right ages."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from racetime.v1.freshness_pb2 import NewestRows, SourceFreshness
from racetime.v1.race_state_pb2 import RaceState
from racetime_poller.race.views import SourceFreshness as Freshness

# The newest row of a source is told again when it is so much newer than the one that was told:
# one with a period sooner along with other news than in an update of its own.
STEP_BESIDE_NEWS_MILLIS = 6_000
STEP_ALONE_MILLIS = 8_000
# Then those are told, too, that are so much newer.
STEP_TOGETHER_MILLIS = 2_000
# Samples in a lane of their own tell of their source; of those it is told again only so often.
STEP_SAMPLED_MILLIS = 30_000

_NEWEST: Literal["newest_race_offset_millis"] = "newest_race_offset_millis"
_FIELDS: Mapping[str, Any] = {
    field.name.removesuffix("_race_offset_millis"): field.name
    for field in NewestRows.DESCRIPTOR.fields
}

Convert = Callable[[Freshness], SourceFreshness]


def tell_freshness(
    part: RaceState,
    whole: RaceState,
    sources: Mapping[str, Freshness],
    convert: Convert,
    sampled: Mapping[str, int],
) -> None:
    """Add to an update what is news of the sources; it has all other news of its lane already.

    `sampled` has the offset of the newest sample told, by source.
    """
    views = {name: convert(one) for name, one in sources.items()}
    has_news = part.ByteSize() > 0
    for name, view in views.items():
        if _is_other(whole, name, view, has_news):
            part.sources[name].CopyFrom(view)
    ahead = {name: _ahead(whole, name, view) for name, view in views.items() if name in _FIELDS}
    ahead = {
        name: millis
        for name, millis in ahead.items()
        if millis >= STEP_SAMPLED_MILLIS or not _is_sampled(views[name], sampled.get(name))
    }
    rhythmic = max(
        (ahead[name] for name in ahead if views[name].HasField("period_millis")), default=0
    )
    beside_news = part.ByteSize() and rhythmic >= STEP_BESIDE_NEWS_MILLIS
    if not beside_news and max(ahead.values(), default=0) < STEP_ALONE_MILLIS:
        return
    for name, millis in ahead.items():
        if millis >= STEP_TOGETHER_MILLIS and name not in part.sources:
            setattr(part.newest_rows, _FIELDS[name], views[name].newest_race_offset_millis)


def _is_sampled(view: SourceFreshness, sample: int | None) -> bool:
    """Tell whether samples tell of the newest row of a source well enough."""
    return sample is not None and view.newest_race_offset_millis - sample < STEP_BESIDE_NEWS_MILLIS


def _is_other(whole: RaceState, name: str, view: SourceFreshness, has_news: bool) -> bool:
    """Tell whether a source is other than it was told, its newest row apart.

    Another period goes along with other news, or with a newer row: when all is over sources are
    asked ever more seldom, and that is no news.
    """
    if name not in whole.sources:
        return True
    known = whole.sources[name]
    if known.condition != view.condition:
        return True
    if known.period_millis != view.period_millis and (has_news or _ahead(whole, name, view) > 0):
        return True
    return name not in _FIELDS and _ahead(whole, name, view) >= STEP_ALONE_MILLIS


def _ahead(whole: RaceState, name: str, view: SourceFreshness) -> int:
    """Return how much newer the newest row is than what was told."""
    if not view.HasField(_NEWEST):
        return 0
    told = [whole.sources[name]] if name in whole.sources else []
    offsets = [one.newest_race_offset_millis for one in told if one.HasField(_NEWEST)]
    field = _FIELDS.get(name)
    if field is not None and whole.newest_rows.HasField(field):
        offsets.append(getattr(whole.newest_rows, field))
    # The first row is news at once.
    return view.newest_race_offset_millis - max(offsets) if offsets else STEP_ALONE_MILLIS
