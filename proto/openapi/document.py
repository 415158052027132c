"""The whole OpenAPI document."""

from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from openapi.contract import join_lines, read_contract
from openapi.errors import shared_responses
from openapi.operations import Operations
from openapi.schemas import Schemas

_PACKAGE = "racetime.v1"
_SERVICES = ("RaceService", "RoomService")
_ABOUT = """\
Formula 1 race days as JSON: the state of a session, its stream, its laps; and rooms to watch it
together. No account. Unofficial.

A field that is not there is not known, or has its zero value. The state **merges**: an update is
a partial state, in which single facts come whole, a map entry replaces one, and a list adds to the
list that you have.

The same services speak gRPC and gRPC-Web at the same address; this is made from its protos.
"""


def describe(descriptors: FileDescriptorSet) -> dict[str, Any]:
    """Describe the public services; the descriptors hold the comments of the sources."""
    contract = read_contract(descriptors)
    schemas = Schemas(contract)
    names = {service: f"{_PACKAGE}.{service}" for service in _SERVICES}
    paths: dict[str, Any] = {}
    for name in names.values():
        paths |= Operations(contract, schemas, name).paths()
    responses = shared_responses(contract, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "RaceTime",
            "version": _PACKAGE.rpartition(".")[2],
            "description": join_lines(_ABOUT),
            "license": {"name": "MIT licence", "identifier": "MIT"},
        },
        "security": [],
        "tags": [
            {"name": service, "description": contract.comment(name)}
            for service, name in names.items()
        ],
        "paths": paths,
        "components": {"schemas": schemas.components, "responses": responses},
    }
