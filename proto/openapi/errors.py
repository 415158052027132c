"""Errors as the gateway answers them: a google.rpc.Status in JSON."""

import re
from typing import Any

from google.rpc.code_pb2 import Code

from openapi.contract import Contract
from openapi.schemas import Schemas

Response = dict[str, Any]

_STATUS = "google.rpc.Status"
_REASON = "racetime.v1.ErrorReason"
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
# HTTP statuses by gRPC's, as Envoy turns them, with the names of the shared responses.
_RESPONSES = {
    "400": ("INVALID_ARGUMENT", "InvalidArgument", "The request is wrong."),
    "404": ("NOT_FOUND", "NotFound", "There is no such thing."),
    "429": ("RESOURCE_EXHAUSTED", "ResourceExhausted", "Too much; ask again later."),
    "503": ("UNAVAILABLE", "Unavailable", "Not now; ask again."),
}
_OTHER = "OtherError"


def error_responses(*, names_something: bool, is_stream: bool) -> Response:
    """Answer references to the errors that an operation may end with."""
    without = {"404"} if not names_something else set()
    without |= {"429"} if not is_stream else set()
    named = {status: name for status, (_, name, _) in _RESPONSES.items() if status not in without}
    return {
        status: {"$ref": f"#/components/responses/{name}"}
        for status, name in {**named, "default": _OTHER}.items()
    }


def shared_responses(contract: Contract, schemas: Schemas) -> dict[str, Response]:
    """Describe each error once, with the reasons that the contract gives it."""
    schema = schemas.reference(_STATUS)
    reasons = _reasons(contract)
    responses = {
        name: _response(schema, code, text, reasons.get(code, {}))
        for code, name, text in _RESPONSES.values()
    }
    other = {"description": "Any other error.", "content": {"application/json": {"schema": schema}}}
    return {**responses, _OTHER: other}


def _reasons(contract: Contract) -> dict[str, dict[str, str]]:
    """Read from the comments what each reason means and which status goes with it."""
    reasons: dict[str, dict[str, str]] = {}
    for value in contract.enum(_REASON).value:
        comment = contract.comment(f"{_REASON}.{value.name}")
        if found := re.fullmatch(r"(.+) Status (\w+)\.", comment):
            reasons.setdefault(found[2], {})[value.name] = found[1]
    return reasons


def _response(schema: Response, code: str, text: str, reasons: dict[str, str]) -> Response:
    lines = [f"- `{reason}`: {meaning}" for reason, meaning in reasons.items()]
    body: Response = {"schema": schema}
    if reasons:
        reason, meaning = next(iter(reasons.items()))
        details = [{"@type": _INFO, "reason": reason, "domain": "racetime"}]
        body["example"] = {"code": Code.Value(code), "message": meaning, "details": details}
    return {
        "description": "\n".join([f"`{code}`. {text}", "", *lines]).strip(),
        "content": {"application/json": body},
    }
