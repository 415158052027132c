"""Name what RaceTime keeps in Redis; the poller writes it, the api reads it.

Keys of a session share a hash tag, and so do all others but rooms, so that a cluster keeps them in
one slot and a script may touch them together.
"""

# Hash: session key -> bytes of racetime.v1.Session.
SESSIONS = "racetime:{index}:sessions"
# String: key of the live session, in decimal.
LIVE = "racetime:{index}:live"
# String: bytes of racetime.v1.FeedStatus, set again every second or two.
FEED = "racetime:{index}:feed"
# Hash: session key -> how often it was read again after its end, in decimal.
REVIEWS = "racetime:{index}:reviews"
# String: bytes of racetime.v1.GetScheduleResponse.
SCHEDULE = "racetime:{index}:schedule"
# Hash: `holder` and `epoch` of the poller that may write.
LEASE = "racetime:{index}:lease"

# Field of a log entry that holds the bytes of a racetime.v1.UpdateRecord.
RECORD_FIELD = b"r"
# Field that holds the epoch of the lease under which the entry was written; readers skip it.
EPOCH_FIELD = b"e"

# Fields of a session's meta hash, each a decimal number but the ids.
META_EPOCH = b"epoch"
META_SEQUENCE = b"sequence"
META_LAST_ID = b"last_id"
META_LOG_REVISION = b"log_revision"
# Id by which the server that the log was opened on knows its data (master_replid), in hexadecimal.
META_SERVER = b"server"
# Which process opened the log last, by a word of its own.
META_WRITER = b"writer"


def log(session_key: int) -> str:
    """Stream: one entry per update record; the id is race time in epoch milliseconds and a
    counter."""
    return f"racetime:{{{session_key}}}:log"


def head(session_key: int) -> str:
    """String: bytes of racetime.v1.UpdateRecords: the last keyframe and the updates since."""
    return f"racetime:{{{session_key}}}:head"


def meta(session_key: int) -> str:
    """Hash: epoch of the last writer, sequence and id of the last entry, revision of the log."""
    return f"racetime:{{{session_key}}}:meta"


def keyframes(session_key: int) -> str:
    """Sorted set: `<sequence>@<stream id>` of each keyframe, scored by race time in epoch
    milliseconds."""
    return f"racetime:{{{session_key}}}:keyframes"


def handover(session_key: int) -> str:
    """Hash: the race as the poller knows it, in its own encoding, for the poller that takes over;
    forgotten when nobody writes it."""
    return f"racetime:{{{session_key}}}:handover"


def circuit(circuit_key: int) -> str:
    """String: bytes of racetime.v1.Circuit."""
    return f"racetime:{{index}}:circuit:{circuit_key}"


def profile(circuit_key: int) -> str:
    """String: where on a lap of the circuit cars are when, in the poller's own encoding."""
    return f"racetime:{{index}}:circuit:{circuit_key}:profile"


def room(code: str) -> str:
    """Hash: `key`, `shared` (1 or 0), `revision` (decimal) and `playhead` (bytes of
    racetime.v1.Playhead) of a room; the api writes it, and it expires."""
    return f"racetime:room:{code}"
