"""Set h2 up."""

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes
from h2.settings import Settings as Http2Settings

from racetime_api.http2.outflow import PREFIX_BYTES
from racetime_api.settings import Settings

LAST_STREAM = 2**31 - 1
# A list of headers beyond the bound of metadata ends its call; one so many times larger the
# connection.
_BOMB_FACTOR = 4
_LEAST_LOOK = 64
_DEFAULT_WINDOW_BYTES = 65_535


class Streams(H2Connection):
    """h2, which goes through all streams for each new one: here only when they have doubled."""

    _look_at = _LEAST_LOOK

    @property
    def open_inbound_streams(self) -> int:
        """Streams that are open, at most."""
        if len(self.streams) < min(self._look_at, self.local_settings.max_concurrent_streams):
            return len(self.streams)
        count = super().open_inbound_streams
        self._look_at = max(_LEAST_LOOK, 2 * len(self.streams))
        return count


def streams(settings: Settings) -> Streams:
    """Give the protocol of a new connection."""
    h2 = Streams(H2Configuration(client_side=False, header_encoding=None))
    h2.local_settings = Http2Settings(
        client=False,
        initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: settings.max_concurrent_streams,
            SettingCodes.MAX_HEADER_LIST_SIZE: settings.max_metadata_bytes,
            # A request is taken whole, and only then looked at.
            SettingCodes.INITIAL_WINDOW_SIZE: max(
                _DEFAULT_WINDOW_BYTES, settings.max_request_bytes + PREFIX_BYTES
            ),
        },
    )
    h2.decoder.max_header_list_size = _BOMB_FACTOR * settings.max_metadata_bytes
    return h2
