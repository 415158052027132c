"""Methods as OpenAPI operations, by their google.api.http bindings."""

import re
from collections.abc import Iterator
from typing import Any

from google.api import annotations_pb2
from google.api.http_pb2 import HttpRule
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    MethodDescriptorProto,
)

from openapi.contract import Contract, oneof_members
from openapi.errors import error_responses
from openapi.schemas import WELL_KNOWN, Schemas

Operation = dict[str, Any]

_STREAM = "Server-sent events: the `data` of each is one message as JSON."


def paths_of(contract: Contract, schemas: Schemas, service_name: str) -> dict[str, Operation]:
    """Answer the paths of a service, each with its GET."""
    paths: dict[str, Operation] = {}
    for method in contract.service(service_name).method:
        rule = method.options.Extensions[annotations_pb2.http]
        for number, binding in enumerate([rule, *rule.additional_bindings], 1):
            path = _path(method, binding)
            operation_id = method.name + _suffix(path, number)
            comment = contract.comment(f"{service_name}.{method.name}")
            paths[path] = {
                "get": {
                    "operationId": operation_id,
                    "tags": [service_name.rpartition(".")[2]],
                    **_texts(comment),
                    "parameters": list(_parameters(contract, schemas, method, path)),
                    "responses": _responses(contract, schemas, method),
                }
            }
    return paths


def _path(method: MethodDescriptorProto, binding: HttpRule) -> str:
    if binding.WhichOneof("pattern") != "get" or "=" in binding.get:
        raise ValueError(f"{method.name}: only GET with plain path parameters is described")
    return str(binding.get)


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


def _parameters(
    contract: Contract, schemas: Schemas, method: MethodDescriptorProto, path: str
) -> Iterator[Operation]:
    message = contract.message(method.input_type)
    in_path = _path_names(path)
    for field in message.field:
        if field.name in in_path:
            yield {
                "name": field.name,
                "in": "path",
                "required": True,
                "description": contract.comment(f"{method.input_type}.{field.name}"),
                "schema": schemas.of_field(field),
            }
    yield from _query(contract, schemas, method.input_type, in_path)


def _query(
    contract: Contract, schemas: Schemas, type_name: str, without: list[str], prefix: str = ""
) -> Iterator[Operation]:
    """Yield the fields of a request as query parameters, those of a message in it with a dot."""
    message = contract.message(type_name)
    for field in message.field:
        if field.name in without:
            continue
        if field.type == FieldDescriptorProto.TYPE_MESSAGE and field.type_name not in WELL_KNOWN:
            nested = f"{prefix}{field.name}."
            yield from _query(contract, schemas, field.type_name, [], nested)
            continue
        comment = contract.comment(f"{type_name}.{field.name}")
        yield {
            "name": f"{prefix}{field.name}",
            "in": "query",
            "description": f"{comment}{_choice(message, field)}",
            "schema": schemas.of_parameter(field),
        }


def _choice(message: DescriptorProto, field: FieldDescriptorProto) -> str:
    others = [f"`{name}`" for name in oneof_members(message, field) if name != field.name]
    return f" Not together with {' or '.join(others)}." if others else ""


def _responses(contract: Contract, schemas: Schemas, method: MethodDescriptorProto) -> Operation:
    comment = contract.comment(method.output_type)
    media_type = "text/event-stream" if method.server_streaming else "application/json"
    answer = {
        "description": f"{comment} {_STREAM}" if method.server_streaming else comment,
        "content": {media_type: {"schema": schemas.reference(method.output_type)}},
    }
    names = {field.name for field in contract.message(method.input_type).field}
    errors = error_responses(
        names_something=bool(names & {"session_key", "circuit_key"}),
        is_stream=method.server_streaming,
    )
    return {"200": answer, **errors}
