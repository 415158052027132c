"""Answer the health checks of gateways at the port that they use."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"]


def health_handler(health: Any) -> grpc.GenericRpcHandler:
    """Give grpc.health.v1.Health/Check by a servicer of gRPC's."""

    async def check(requests: AsyncIterator[bytes], context: Any) -> bytes:
        async for data in requests:
            try:
                request = health_pb2.HealthCheckRequest.FromString(data)
            except DecodeError:
                break
            answer: bytes = (await health.Check(request, context)).SerializeToString()
            return answer
        aborted: bytes = await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no request")
        return aborted

    method: grpc.RpcMethodHandler[Any, Any] = grpc.stream_unary_rpc_method_handler(check)
    return grpc.method_handlers_generic_handler(SERVICE.full_name, {"Check": method})
