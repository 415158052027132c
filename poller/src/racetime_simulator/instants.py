"""Instants as OpenF1 prints and reads them, and as whole microseconds since 1970 inside."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND_MICROS = 1_000_000
DAY_MICROS = 86_400 * SECOND_MICROS

ALWAYS = -(1 << 62)
"""An instant before everything: rows that are there from the start."""

NEVER = 1 << 62
"""An instant after everything: rows that never come."""

NO_DATE = -(1 << 63)
"""Stands in a column of dates for a row without one."""


def to_micros(instant: datetime) -> int:
    """Return an instant as microseconds since 1970; one without a zone is UTC."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return (instant - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return microseconds since 1970 as an instant in UTC."""
    return EPOCH + timedelta(microseconds=micros)


def parse_micros(text: object) -> int | None:
    """Return a row's date in microseconds since 1970, None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        return to_micros(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def print_micros(micros: int) -> str:
    """Print an instant as OpenF1 does: six digits, or none when the second is whole."""
    return from_micros(micros).isoformat()
