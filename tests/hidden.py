"""What the gateway must not lead to, and the ways by which one might try."""

from collections.abc import Iterator

from racetime.ops.v1.ops_service_pb2 import DESCRIPTOR

OPS = DESCRIPTOR.services_by_name["OpsService"]
RPCS = (
    *(f"/{OPS.full_name}/{method.name}" for method in OPS.methods),
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.health.v1.Health/Watch",
    "/grpc.channelz.v1.Channelz/GetServers",
)
# Of Envoy's admin, of the metrics, of the simulator.
PAGES = (
    *("/ready", "/stats", "/stats/prometheus", "/config_dump", "/clusters", "/server_info"),
    *("/quitquitquit", "/drain_listeners", "/healthcheck/fail", "/logging", "/runtime_modify"),
    *("/metrics", "/clock", "/v1/sessions"),
)
OPEN_RPC = "/racetime.v1.RaceService/GetHealth"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
CONTENT_TYPES = (
    *("application/grpc", "application/grpc+proto", "application/grpc-web+proto"),
    *("application/grpc-web-text", "application/json", "application/connect+proto", ""),
)


def spellings(path: str) -> Iterator[str]:
    """Spell a path in ways that some servers take for the same."""
    first, _, last = path[1:].rpartition("/")
    yield path
    yield path.upper()
    yield path + "/"
    yield f"/{path}"
    yield f"//{first}//{last}"
    yield f"/.{path}"
    yield f"/{first}/./{last}"
    yield f"/api/..{path}"
    yield f"/api/live/snapshot/../../..{path}"
    yield f"{OPEN_RPC}/../..{path}"
    yield f"{OPEN_RPC}/..%2f..%2f{path[1:]}"
    yield f"/api/%2e%2e{path}"
    yield f"/api/%252e%252e{path}"
    yield f"/api/..;{path}"
    yield f"/{first}%2f{last}"
    yield f"/{first}%5c{last}"
    yield f"/{first}\\{last}"
    yield f"/{path[1:].replace('.', '%2e')}"
    yield f"{path};a=b"
    yield f"{path}?a=b"
    yield f"{path}#{OPEN_RPC}"
    yield f"{path}%00"
    yield f"/%00{path}"
    yield f"/api{path}"
    yield f"/health{path}"
    yield f"http://127.0.0.1{path}"
    yield f"http://poller-ops:50060{path}"


def headers(path: str, ops_port: int) -> Iterator[dict[str, str]]:
    """Give headers by which some proxies are led elsewhere."""
    yield {"x-original-url": path, "x-rewrite-url": path, "x-forwarded-uri": path}
    yield {"x-envoy-original-path": path, "x-envoy-original-host": f"127.0.0.1:{ops_port}"}
    yield {"x-envoy-internal": "true", "x-envoy-external-address": "127.0.0.1"}
    yield {"x-envoy-original-dst-host": f"127.0.0.1:{ops_port}"}
    yield {"x-envoy-decorator-operation": path, "x-envoy-expected-rq-timeout-ms": "1"}
    yield {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", "forwarded": "for=127.0.0.1"}
    yield {"x-forwarded-host": f"127.0.0.1:{ops_port}", "x-forwarded-port": str(ops_port)}
    yield {"x-http-method-override": "GET", "x-method-override": "POST"}
    yield {"racetime-address": "127.0.0.1", "racetime-key": "operator", "x-api-key": "operator"}
    yield {"connection": "x-forwarded-for, content-type, close", "x-forwarded-for": "127.0.0.1"}
    yield {"origin": "http://localhost", "access-control-request-method": "POST"}
    yield {"authorization": "Bearer operator", "cookie": "operator=1"}
    for upgrade in ("h2c", "websocket", "grpc", "TLS/1.2"):
        yield {
            "connection": "Upgrade, HTTP2-Settings, close",
            "upgrade": upgrade,
            "http2-settings": "AAMAAABkAAQAAP__",
        }


def hosts(ops_port: int, admin_port: int) -> tuple[str, ...]:
    """Give names that lead to others where a proxy goes by them."""
    return (
        *("localhost", "poller", "poller-ops", "poller-ops:50060", "api:50051", "redis:6379"),
        *(f"127.0.0.1:{ops_port}", f"127.0.0.1:{admin_port}", f"[::1]:{ops_port}", "a@b", "*"),
    )
