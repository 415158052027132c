"""The OpenAPI description is valid, and says of each message all that the protos say."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate
from states import is_map

from racetime.v1 import race_service_pb2, room_service_pb2

PATH = Path(__file__).resolve().parents[2] / "gateway" / "openapi.json"
DOCUMENT: dict[str, Any] = json.loads(PATH.read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
METHODS = {
    **race_service_pb2.DESCRIPTOR.services_by_name["RaceService"].methods_by_name,
    **room_service_pb2.DESCRIPTOR.services_by_name["RoomService"].methods_by_name,
}


def operations() -> dict[str, dict[str, Any]]:
    """Answer the one operation of each path."""
    return {path: one for path, item in DOCUMENT["paths"].items() for one in item.values()}


def closed() -> dict[str, Any]:
    """Answer the schemas without room for a property that they do not name."""
    schemas = copy.deepcopy(SCHEMAS)
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return schemas


def reached(descriptor: Descriptor, found: dict[str, Descriptor]) -> dict[str, Descriptor]:
    """Collect a message and all that it holds; maps and Google's own types are no messages here."""
    own = descriptor.file.package.startswith("racetime.")
    if own and not descriptor.GetOptions().map_entry:
        found[descriptor.name] = descriptor
    for field in descriptor.fields:
        if own and field.message_type is not None and field.message_type.name not in found:
            reached(field.message_type, found)
    return found


def answered() -> dict[str, Descriptor]:
    found: dict[str, Descriptor] = {}
    for method in METHODS.values():
        reached(method.output_type, found)
    return found


def filled(descriptor: Descriptor) -> Message:
    """Make a message of which every field is set, at every depth; of a oneof, the last one."""
    message: Any = GetMessageClass(descriptor)()
    for field in descriptor.fields:
        value = getattr(message, field.name)
        if is_map(field):
            key, entry = field.message_type.fields
            one = "VER" if key.type == key.TYPE_STRING else 44
            if entry.message_type is None:
                value[one] = sample(entry)
            else:
                value[one].CopyFrom(filled(entry.message_type))
        elif field.message_type is not None:
            one = filled(field.message_type)
            value.append(one) if field.is_repeated else value.CopyFrom(one)
        else:
            one = sample(field)
            value.append(one) if field.is_repeated else setattr(message, field.name, one)
    return message


def sample(field: Any) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return {field.TYPE_STRING: "VER", field.TYPE_BYTES: b"VER", field.TYPE_BOOL: True}.get(
        field.type, 44
    )


def test_the_description_is_valid_openapi() -> None:
    validate(DOCUMENT)


def test_every_binding_of_every_method_is_a_path() -> None:
    for name, method in METHODS.items():
        rule = method.GetOptions().Extensions[annotations_pb2.http]
        for binding in [rule, *rule.additional_bindings]:
            verb = binding.WhichOneof("pattern")
            operation = DOCUMENT["paths"][getattr(binding, verb)][verb]
            assert operation["operationId"].startswith(name)
            media = "text/event-stream" if method.server_streaming else "application/json"
            schema = operation["responses"]["200"]["content"][media]["schema"]
            assert schema == {"$ref": f"#/components/schemas/{method.output_type.name}"}
    names = [operation["operationId"] for operation in operations().values()]
    assert len(set(names)) == len(names)


def test_the_operators_service_is_not_described() -> None:
    assert "racetime.ops" not in PATH.read_text()


def test_every_field_of_a_request_is_a_parameter_with_a_description() -> None:
    for operation in operations().values():
        (method,) = (m for n, m in METHODS.items() if operation["operationId"].startswith(n))
        parameters = {one["name"]: one for one in operation["parameters"]}
        named = {name.partition(".")[0] for name in parameters}
        if "requestBody" in operation:
            body = operation["requestBody"]["content"]["application/json"]["schema"]
            assert body["$ref"].endswith(f"/{method.input_type.name}")
            assert named < set(method.input_type.fields_by_name)
        else:
            assert named == set(method.input_type.fields_by_name)
        assert all(one["description"] for one in parameters.values())


def test_a_query_does_not_offer_what_is_refused() -> None:
    assert "LANE_UNSPECIFIED" not in json.dumps(DOCUMENT["paths"])


def test_every_message_is_described_with_every_field_under_its_json_name() -> None:
    for name, descriptor in answered().items():
        schema = SCHEMAS[name]
        assert set(schema["properties"]) == {field.json_name for field in descriptor.fields}
        assert schema["description"]
        assert all(one["description"] for one in schema["properties"].values()), name


@pytest.mark.parametrize("name", sorted(answered()))
def test_a_message_with_every_field_set_is_as_described(name: str) -> None:
    body = MessageToDict(filled(answered()[name]))
    assert set(body) <= set(SCHEMAS[name]["properties"])
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": closed()}}
    OAS31Validator(schema, format_checker=oas31_format_checker).validate(body)
