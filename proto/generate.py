"""Generate the committed stubs from proto/, the gateway's descriptor and its OpenAPI.

Python goes through grpc_tools.protoc, since buf has no grpc_python plugin to call. Go is left as it
is where there is no Go.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import google.api
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc
from openapi.document import describe
from toolchains import Missing, Unfetched, go_plugins

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
GATEWAY = ROOT / "gateway"
OUT = PROTO / "python"
PUBLIC = sorted((PROTO / "racetime" / "v1").glob("*.proto"))
# googleapis-common-protos ships google/api both as .proto and as Python.
GOOGLE_APIS = Path(next(iter(google.api.__path__))).parent.parent
GRPC_TOOLS_PROTOS = Path(protoc.__file__).parent / "_proto"
# Nobody can publish under example.org: whoever publishes the module puts their own path here.
GO_MODULE = "example.org/racetime/proto/go"


def run_protoc(*arguments: str | Path) -> None:
    """Run protoc over the contract; exits with its message when it fails."""
    includes = [f"-I{PROTO}", f"-I{GOOGLE_APIS}", f"-I{GRPC_TOOLS_PROTOS}"]
    if protoc.main(["protoc", *includes, *map(str, arguments)]) != 0:
        sys.exit("protoc failed")


def generate_python() -> None:
    """Write messages, gRPC stubs and their types into proto/python."""
    for stale in (OUT / "racetime").rglob("*_pb2*"):
        stale.unlink()
    run_protoc(
        f"--python_out={OUT}",
        f"--grpc_python_out={OUT}",
        f"--mypy_out=quiet:{OUT}",
        f"--mypy_grpc_out=quiet:{OUT}",
        *sorted((PROTO / "racetime").rglob("*.proto")),
    )
    # protoc writes a gRPC module for every file; those without a service are empty.
    for module in (OUT / "racetime").rglob("*_pb2_grpc.py*"):
        if "service" not in module.name:
            module.unlink()


def write_descriptor(path: Path, *options: str) -> None:
    """Write the descriptors of the public service, never of ops, with all that they import."""
    run_protoc(
        "--include_imports",
        f"--descriptor_set_out={path}",
        *options,
        *PUBLIC,
        "google/rpc/status.proto",
        "google/rpc/error_details.proto",
    )


def generate_descriptor() -> None:
    """Write the descriptor that the gateway transcodes with."""
    write_descriptor(GATEWAY / "racetime.binpb")


def generate_openapi() -> None:
    """Write the description of the gateway's JSON."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "commented.binpb"
        write_descriptor(path, "--include_source_info")
        descriptors = FileDescriptorSet.FromString(path.read_bytes())
    text = json.dumps(describe(descriptors), indent=1, ensure_ascii=False)
    (GATEWAY / "openapi.json").write_text(f"{text}\n", encoding="utf-8")


def generate_typescript() -> None:
    """Write the TypeScript messages into proto/typescript/src/gen."""
    subprocess.run(["buf", "generate", "--clean"], cwd=ROOT, check=True)


def generate_go() -> None:
    """Write the Go package into proto/go; say so where that cannot be done."""
    try:
        plugins = go_plugins(PROTO / "go" / "tools")
    except (Missing, Unfetched) as error:
        print(f"generate: proto/go is left as it is: {error}")
        return
    package = f"{GO_MODULE}/racetime/v1;racetimev1"
    mapped = [f"M{path.relative_to(PROTO)}={package}" for path in PUBLIC]
    for stale in (PROTO / "go" / "racetime").rglob("*.pb.go"):
        stale.unlink()
    for name in ("go", "go-grpc"):
        options = ",".join([f"module={GO_MODULE}", *mapped])
        run_protoc(
            f"--plugin=protoc-gen-{name}={plugins / f'protoc-gen-{name}'}",
            f"--{name}_out={options}:{PROTO / 'go'}",
            *PUBLIC,
        )


if __name__ == "__main__":
    generate_python()
    generate_descriptor()
    generate_openapi()
    generate_typescript()
    generate_go()
