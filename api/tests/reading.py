"""A reader of a watch that does what the contract says, and the ports by which it may ask."""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc
from made_up_log import ALL_LANES, canonical, pick

from racetime.v1.race_service_pb2 import WatchRaceResponse
from racetime.v1.race_state_pb2 import RaceState

# By which of its ports a service is asked: gRPC's own, or the one of gateways.
WAYS = ("grpc", "stream")


class Reader:
    """Reads a watch and merges what it brings, checking that nothing is missing between."""

    def __init__(self, call: Any = None) -> None:
        self.call = call
        self.state = RaceState()
        self.session_key = 0
        self.log_revision = 0
        self.sequence = 0
        self.race_offset_millis = 0
        self.kinds: list[str] = []

    async def read(self) -> WatchRaceResponse:
        """Read and take the next message."""
        async with asyncio.timeout(10):
            message = await self.call.read()
        assert message is not grpc.aio.EOF, "the stream has ended"
        self.take(message)
        return message

    def take(self, message: WatchRaceResponse) -> None:
        """Do what the contract tells a reader to do with a message."""
        kind = message.WhichOneof("body")
        self.kinds.append(kind)
        if kind == "snapshot":
            self.state.CopyFrom(message.snapshot)
            self.session_key = message.session_key
            self.log_revision = message.log_revision
        elif kind == "update":
            joined = message.HasField("first_sequence")
            first = message.first_sequence if joined else message.sequence
            assert first == self.sequence + 1, f"update {first} after {self.sequence}"
            assert message.sequence > first if joined else True
            self.state.MergeFrom(message.update)
        if kind != "session_change":
            self.sequence = message.sequence
            self.race_offset_millis = message.race_offset_millis

    async def read_until(self, sequence: int) -> None:
        """Read until everything up to a sequence has come."""
        while self.sequence < sequence:
            await self.read()

    async def read_kind(self, kind: str) -> WatchRaceResponse:
        """Read until a message of a kind comes."""
        while True:
            message = await self.read()
            if message.WhichOneof("body") == kind:
                return message

    def agrees_with(
        self, writer: Any, chosen: Iterable[int] = ALL_LANES, drivers: Iterable[int] = ()
    ) -> bool:
        """Tell whether what was merged is the truth."""
        offset = writer.race_offset_millis
        truth = pick(writer.truth, chosen)
        return canonical(self.state, offset) == canonical(truth, offset, drivers)
