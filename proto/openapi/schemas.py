"""Messages as JSON Schema, by protobuf's JSON mapping as the gateway prints it."""

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from openapi.contract import Contract, oneof_members

Schema = dict[str, Any]
Kind = FieldDescriptorProto

_INT32: Schema = {"type": "integer", "format": "int32"}
_UINT32: Schema = {"type": "integer", "format": "int64", "minimum": 0}
_INT64: Schema = {"type": "string", "pattern": "^-?[0-9]+$"}
_SCALARS: dict[int, Schema] = {
    **dict.fromkeys((Kind.TYPE_INT32, Kind.TYPE_SINT32, Kind.TYPE_SFIXED32), _INT32),
    **dict.fromkeys((Kind.TYPE_UINT32, Kind.TYPE_FIXED32), _UINT32),
    **dict.fromkeys(
        (
            Kind.TYPE_INT64,
            Kind.TYPE_SINT64,
            Kind.TYPE_SFIXED64,
            Kind.TYPE_UINT64,
            Kind.TYPE_FIXED64,
        ),
        _INT64,
    ),
    Kind.TYPE_FLOAT: {"type": "number", "format": "float"},
    Kind.TYPE_DOUBLE: {"type": "number", "format": "double"},
    Kind.TYPE_BOOL: {"type": "boolean"},
    Kind.TYPE_STRING: {"type": "string"},
    Kind.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
}
# Messages that have a form of their own in JSON.
WELL_KNOWN: dict[str, Schema] = {
    ".google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    ".google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
    ".google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "required": ["@type"],
        "additionalProperties": True,
    },
}
# Keys of JSON objects are strings, whatever the map's are.
_KEYS: dict[int, Schema] = {
    Kind.TYPE_STRING: {},
    Kind.TYPE_BOOL: {"propertyNames": {"enum": ["true", "false"]}},
}
_NUMBER_KEYS: Schema = {"propertyNames": {"pattern": "^-?[0-9]+$"}}


class Schemas:
    """Schemas of the types that were asked for and of all that they hold."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._names: dict[str, str] = {}
        self._components: dict[str, Schema] = {}

    @property
    def components(self) -> dict[str, Schema]:
        """All schemas so far, by name."""
        return dict(sorted(self._components.items()))

    def reference(self, type_name: str) -> Schema:
        """Answer a reference to a message or an enum, and keep its schema."""
        full_name = type_name.removeprefix(".")
        name = full_name.rpartition(".")[2]
        if self._names.setdefault(name, full_name) != full_name:
            raise ValueError(f"two types named {name}: {full_name} and {self._names[name]}")
        if name not in self._components:
            self._components[name] = {}  # ends the recursion of a message that holds itself
            found = self._contract.types[full_name]
            is_message = isinstance(found, DescriptorProto)
            self._components[name] = (self._message if is_message else self._enum)(full_name)
        return {"$ref": f"#/components/schemas/{name}"}

    def of_field(self, field: FieldDescriptorProto) -> Schema:
        """Answer the schema of a field's value."""
        entry = self._map_entry(field)
        if entry is not None:
            key, value = entry.field
            keys = _KEYS.get(key.type, _NUMBER_KEYS)
            return {"type": "object", **keys, "additionalProperties": self._single(value)}
        if field.label == Kind.LABEL_REPEATED:
            return {"type": "array", "items": self._single(field)}
        return self._single(field)

    def of_parameter(self, field: FieldDescriptorProto) -> Schema:
        """Answer the schema of a parameter: of an enum, the values that can be asked for."""
        if field.type != Kind.TYPE_ENUM:
            return self.of_field(field)
        values = self._enum(field.type_name, unspecified=False)
        is_list = field.label == Kind.LABEL_REPEATED
        return {"type": "array", "items": values} if is_list else values

    def _single(self, field: FieldDescriptorProto) -> Schema:
        if field.type in _SCALARS:
            return dict(_SCALARS[field.type])
        known = WELL_KNOWN.get(field.type_name)
        return dict(known) if known is not None else self.reference(field.type_name)

    def _map_entry(self, field: FieldDescriptorProto) -> DescriptorProto | None:
        if field.type != Kind.TYPE_MESSAGE or field.type_name in WELL_KNOWN:
            return None
        message = self._contract.message(field.type_name)
        return message if message.options.map_entry else None

    def _message(self, name: str) -> Schema:
        message = self._contract.message(name)
        properties = {
            field.json_name: {
                **self.of_field(field),
                **_described(self._contract.comment(f"{name}.{field.name}")),
            }
            for field in message.field
        }
        parts = [self._contract.comment(name), *self._choices(name, message)]
        described = _described("\n\n".join(part for part in parts if part))
        return {"type": "object", **described, "properties": properties}

    def _choices(self, name: str, message: DescriptorProto) -> list[str]:
        """Say of each oneof that at most one of its fields is there."""
        json_names = {field.name: field.json_name for field in message.field}
        choices = {
            field.oneof_index: [json_names[member] for member in members]
            for field in message.field
            if (members := oneof_members(message, field))
        }
        return [
            f"{self._contract.comment(f'{name}.{message.oneof_decl[index].name}')} "
            f"At most one of {', '.join(f'`{member}`' for member in members)}."
            for index, members in choices.items()
        ]

    def _enum(self, name: str, *, unspecified: bool = True) -> Schema:
        names = [value.name for value in self._contract.enum(name).value]
        values = [value for value in names if unspecified or not value.endswith("_UNSPECIFIED")]
        lines = [f"- `{value}`: {self._contract.comment(f'{name}.{value}')}" for value in values]
        description = "\n".join([self._contract.comment(name), "", *lines])
        return {"type": "string", "description": description, "enum": values}


def _described(description: str) -> Schema:
    return {"description": description} if description else {}
