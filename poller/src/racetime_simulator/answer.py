"""What the server answers, before HTTP knows of it."""

from typing import Final, NamedTuple

import msgspec

Header = tuple[bytes, bytes]

CORS: Final[tuple[Header, ...]] = ((b"access-control-allow-origin", b"*"),)


class Answer(NamedTuple):
    """An answer, and how it is withheld where it is.

    `cut_share` is how much of the body is sent before the connection is closed; at 0.0 not even
    the head is.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes
    hang_seconds: float = 0.0
    cut_share: float | None = None
    dribble_seconds: float = 0.0


def json_answer(status: int, body: bytes, *headers: Header) -> Answer:
    """Return a JSON answer."""
    return Answer(status, ((b"content-type", b"application/json"), *CORS, *headers), body)


def detail(status: int, text: str, *headers: Header) -> Answer:
    """Return an error in OpenF1's form."""
    return json_answer(status, msgspec.json.encode({"detail": text}), *headers)


NO_RESULTS: Final = detail(404, "No results found.")
