"""Check requests by the rules that stand in the contract, beside the fields (buf.validate)."""

from functools import cache
from importlib.resources import files
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from protovalidate import EvaluationError, Validator


class Rules:
    """The contract with its rules, apart from the stubs, which do without."""

    def __init__(self) -> None:
        contract = (files("racetime_api") / "rules.binpb").read_bytes()
        self._pool = DescriptorPool()
        for file in FileDescriptorSet.FromString(contract).file:
            self._pool.Add(file)
        self._validator = Validator()
        self._kinds: dict[str, type[Message]] = {}

    def faults(self, kind: str, data: bytes) -> dict[str, str]:
        """Tell which fields of a message of a kind break a rule, and how."""
        request = self._kind(kind).FromString(data)
        try:
            violations = self._validator.collect_violations(request)
        except EvaluationError as error:
            return {"request": f"cannot be checked: {error}"}
        faults: dict[str, str] = {}
        for violation in violations:
            field, message = _field(violation.proto), violation.proto.message
            # A field has one fault at a time: who mends it sees the next.
            own_name = field.rpartition(".")[2]
            faults.setdefault(field, message.removeprefix(f"{own_name} ").removeprefix("value "))
        return faults

    def _kind(self, name: str) -> type[Message]:
        found = self._kinds.get(name)
        if found is None:
            found = GetMessageClass(self._pool.FindMessageTypeByName(name))
            self._kinds[name] = found
        return found


@cache
def shared_rules() -> Rules:
    """Read the rules, once."""
    return Rules()


def _field(violation: Any) -> str:
    """Name a field as google.rpc.BadRequest does: after.sequence, lanes[1]."""
    names = [
        f"{element.field_name}[{element.subscript.value}]"
        if element.subscript is not None
        else str(element.field_name)
        for element in (violation.field.elements if violation.field else ())
    ]
    # The id of a rule of a whole message begins with the field's name.
    if violation.rule is None or violation.rule.elements[0].field_name == "cel":
        names.append(violation.rule_id.partition(".")[0])
    return ".".join(names)
