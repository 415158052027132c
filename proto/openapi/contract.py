"""The protos as protoc understood them: types by name, and what their comments say."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)

Type = DescriptorProto | EnumDescriptorProto

# Google's comments link names as [google.rpc.Code][google.rpc.Code], with nothing at the other end.
_LINK = re.compile(r"\[([\w.]+)\]\[[\w.]+\]")


@dataclass(frozen=True)
class Contract:
    """Messages, enums and comments by full name, such as `racetime.v1.Lap.driver_number`."""

    files: Sequence[FileDescriptorProto]
    types: dict[str, Type]
    comments: dict[str, str]

    def message(self, name: str) -> DescriptorProto:
        """Answer a message; `name` may begin with a dot, as in descriptors."""
        found = self.types[name.removeprefix(".")]
        if not isinstance(found, DescriptorProto):
            raise TypeError(f"{name} is no message")
        return found

    def enum(self, name: str) -> EnumDescriptorProto:
        """Answer an enum."""
        found = self.types[name.removeprefix(".")]
        if not isinstance(found, EnumDescriptorProto):
            raise TypeError(f"{name} is no enum")
        return found

    def service(self, name: str) -> ServiceDescriptorProto:
        """Answer a service."""
        package, _, short = name.rpartition(".")
        (found,) = (
            service
            for file in self.files
            for service in file.service
            if (file.package, service.name) == (package, short)
        )
        return found

    def comment(self, name: str) -> str:
        """Answer a comment, its lines joined to paragraphs; empty when there is none."""
        return self.comments.get(name.removeprefix("."), "")


def read_contract(descriptors: FileDescriptorSet) -> Contract:
    """Index a descriptor set that was made with --include_source_info."""
    types: dict[str, Type] = {}
    comments: dict[str, str] = {}
    for file in descriptors.file:
        types |= dict(_types(file.package, file.message_type, file.enum_type))
        comments |= _comments(file)
    return Contract(descriptors.file, types, comments)


def join_lines(text: str) -> str:
    """Join the lines of each paragraph."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return "\n\n".join(part.replace("\n", " ") for part in "\n".join(lines).split("\n\n"))


def oneof_members(message: DescriptorProto, field: FieldDescriptorProto) -> list[str]:
    """Name the fields of a field's oneof; none when it is in no real one."""
    if not field.HasField("oneof_index") or field.proto3_optional:
        return []
    return [
        other.name
        for other in message.field
        if other.HasField("oneof_index") and other.oneof_index == field.oneof_index
    ]


def _types(
    scope: str, messages: Sequence[DescriptorProto], enums: Sequence[EnumDescriptorProto]
) -> Iterator[tuple[str, Type]]:
    for enum in enums:
        yield f"{scope}.{enum.name}", enum
    for message in messages:
        name = f"{scope}.{message.name}"
        yield name, message
        yield from _types(name, message.nested_type, message.enum_type)


def _comments(file: FileDescriptorProto) -> dict[str, str]:
    return {
        name: _LINK.sub(r"`\1`", join_lines(location.leading_comments))
        for location in file.source_code_info.location
        if location.leading_comments and (name := _name_at(file, location.path))
    }


def _name_at(file: FileDescriptorProto, path: Sequence[int]) -> str | None:
    """Follow a path of source info, pairs of field number and index; None when it names nothing."""
    node, name = file, file.package
    for number, index in zip(path[::2], path[1::2], strict=False):
        field = node.DESCRIPTOR.fields_by_number[number]
        if field.message_type is None or not field.is_repeated:
            return None
        node = getattr(node, field.name)[index]
        name = f"{name}.{node.name}"
    return name if path and len(path) % 2 == 0 else None
