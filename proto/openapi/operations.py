"""Methods as OpenAPI operations, by their google.api.http bindings."""

import re
from collections.abc import Iterator
from typing import Any

from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    MethodDescriptorProto,
)

from openapi.contract import Contract, oneof_members
from openapi.errors import error_responses
from openapi.schemas import WELL_KNOWN, Kind, Schemas

Operation = dict[str, Any]

_STREAM = "Server-sent events: the `data` of each is one message as JSON."


class Operations:
    """The operations of one service."""

    def __init__(self, contract: Contract, schemas: Schemas, service_name: str) -> None:
        self._contract = contract
        self._schemas = schemas
        self._service_name = service_name

    def paths(self) -> dict[str, Operation]:
        """Answer the paths of the service, each with its one method of HTTP."""
        return {
            path: {verb: self._operation(method, verb, path, number)}
            for method in self._contract.service(self._service_name).method
            for number, (verb, path) in enumerate(_bindings(method), 1)
        }

    def _operation(
        self, method: MethodDescriptorProto, verb: str, path: str, number: int
    ) -> Operation:
        in_path = _path_names(path)
        query = self._query_parameters(method.input_type, in_path) if verb == "get" else ()
        return {
            "operationId": method.name + _suffix(path, number),
            "tags": [self._service_name.rpartition(".")[2]],
            **_texts(self._contract.comment(f"{self._service_name}.{method.name}")),
            "parameters": [
                *self._path_parameters(method.input_type, path),
                *query,
            ],
            **({} if verb == "get" else self._body(method.input_type)),
            "responses": self._responses(method),
        }

    def _path_parameters(self, type_name: str, path: str) -> Iterator[Operation]:
        for field in self._contract.message(type_name).field:
            if field.name in _path_names(path):
                yield {
                    "name": field.name,
                    "in": "path",
                    "required": True,
                    "description": self._contract.comment(f"{type_name}.{field.name}"),
                    "schema": self._schemas.of_parameter(field),
                }

    def _body(self, type_name: str) -> Operation:
        """Take the whole request; what stands in the path may be left out of it."""
        schema = self._schemas.reference(type_name)
        return {"requestBody": {"content": {"application/json": {"schema": schema}}}}

    def _query_parameters(
        self, type_name: str, without: list[str], prefix: str = ""
    ) -> Iterator[Operation]:
        """Yield the fields of a request, those of a message in it with a dot."""
        message = self._contract.message(type_name)
        for field in message.field:
            name = f"{prefix}{field.name}"
            if field.name in without:
                continue
            if field.type == Kind.TYPE_MESSAGE and field.type_name not in WELL_KNOWN:
                yield from self._query_parameters(field.type_name, [], f"{name}.")
                continue
            comment = self._contract.comment(f"{type_name}.{field.name}")
            yield {
                "name": name,
                "in": "query",
                "description": f"{comment}{_choice(message, field)}",
                "schema": self._schemas.of_parameter(field),
            }

    def _responses(self, method: MethodDescriptorProto) -> Operation:
        comment = self._contract.comment(method.output_type)
        media_type = "text/event-stream" if method.server_streaming else "application/json"
        answer = {
            "description": f"{comment} {_STREAM}" if method.server_streaming else comment,
            "content": {media_type: {"schema": self._schemas.reference(method.output_type)}},
        }
        names = {field.name for field in self._contract.message(method.input_type).field}
        errors = error_responses(
            names_something=bool(names & {"session_key", "circuit_key", "code"}),
            is_stream=method.server_streaming,
        )
        return {"200": answer, **errors}


def _bindings(method: MethodDescriptorProto) -> list[tuple[str, str]]:
    """Answer verb and path of each way to a method."""
    rule = method.options.Extensions[annotations_pb2.http]
    bindings = [(one, one.WhichOneof("pattern")) for one in (rule, *rule.additional_bindings)]
    for one, verb in bindings:
        whole = verb == "get" or (verb == "post" and one.body == "*")
        if not whole or "=" in getattr(one, verb):
            raise ValueError(
                f"{method.name}: only GET, and POST of the whole request, with plain path "
                "parameters are described"
            )
    return [(verb, getattr(one, verb)) for one, verb in bindings]


def _path_names(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


def _suffix(path: str, number: int) -> str:
    """Tell a further binding of a method from its first one."""
    if number == 1:
        return ""
    named = "".join(name.title().replace("_", "") for name in _path_names(path))
    return f"By{named}" if named else str(number)


def _texts(comment: str) -> Operation:
    """Take the first clause as the summary, and the whole as the description if it says more."""
    summary = re.split(r"[.,:;](?:\s|$)", comment)[0]
    more = {} if comment == f"{summary}." else {"description": comment}
    return {"summary": summary, **more}


def _choice(message: DescriptorProto, field: FieldDescriptorProto) -> str:
    others = [f"`{name}`" for name in oneof_members(message, field) if name != field.name]
    return f" Not together with {' or '.join(others)}." if others else ""
