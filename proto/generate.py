"""Generate the committed stubs from proto/, the gateway's descriptor and its OpenAPI.

Python goes through grpc_tools.protoc, since buf has no grpc_python plugin to call. Go is left as it
is where there is no Go. The rules of requests (buf.validate) are for who reads the protos and for
the api, which has descriptors of its own with them; stubs and the gateway's descriptor are without,
so that nobody needs protovalidate to use them.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import google.api.annotations_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet
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
CONTRACT = sorted((PROTO / "racetime").rglob("*.proto"))
RULES_PROTO = "buf/validate/validate.proto"
RULES = ROOT / "api" / "src" / "racetime_api" / "rules.binpb"
ERRORS = ("google/rpc/status.proto", "google/rpc/error_details.proto")
# Nobody can publish under example.org: whoever publishes the module puts their own path here.
GO_MODULE = "example.org/racetime/proto/go"


def run_protoc(*arguments: str | Path) -> None:
    """Run protoc; exits with its message when it fails."""
    if protoc.main(["protoc", *map(str, arguments)]) != 0:
        sys.exit("protoc failed")


def write_contract(path: Path) -> list[str]:
    """Write the contract without the rules of requests; answers the option that has protoc read
    it."""
    includes = [f"-I{PROTO}", f"-I{PROTO / 'third_party'}", f"-I{GOOGLE_APIS}"]
    run_protoc(
        *includes,
        f"-I{GRPC_TOOLS_PROTOS}",
        *("--include_imports", "--include_source_info", f"--descriptor_set_out={path}"),
        *names(CONTRACT),
        *ERRORS,
    )
    descriptors = FileDescriptorSet.FromString(path.read_bytes())
    for file in descriptors.file:
        if RULES_PROTO in file.dependency:
            file.dependency.remove(RULES_PROTO)
            # The rules are extensions that nobody has told Python of.
            file.DiscardUnknownFields()
        for message in file.message_type:
            tidy(message)
    path.write_bytes(descriptors.SerializeToString(deterministic=True))
    return [f"--descriptor_set_in={path}"]


def tidy(message: DescriptorProto) -> None:
    """Leave out what protoc finds again by itself, and options that say nothing any more."""
    for field in message.field:
        field.ClearField("json_name")
    for part in (message, *message.field):
        if not part.options.ByteSize():
            part.ClearField("options")
    for nested in message.nested_type:
        tidy(nested)


def names(paths: Iterable[Path]) -> list[str]:
    """Name files as imports do."""
    return [path.relative_to(PROTO).as_posix() for path in paths]


def generate_python(contract: list[str]) -> None:
    """Write messages, gRPC stubs and their types into proto/python."""
    for stale in (OUT / "racetime").rglob("*_pb2*"):
        stale.unlink()
    run_protoc(
        *contract,
        f"--python_out={OUT}",
        f"--grpc_python_out={OUT}",
        f"--mypy_out=quiet:{OUT}",
        f"--mypy_grpc_out=quiet:{OUT}",
        *names(CONTRACT),
    )
    # protoc writes a gRPC module for every file; those without a service are empty.
    for module in (OUT / "racetime").rglob("*_pb2_grpc.py*"):
        if "service" not in module.name:
            module.unlink()


def write_descriptor(path: Path, *options: str) -> None:
    """Write the descriptors of the public service, never of ops, with all that they import."""
    run_protoc(
        *options, "--include_imports", f"--descriptor_set_out={path}", *names(PUBLIC), *ERRORS
    )


def generate_rules() -> None:
    """Write the descriptors with the rules that the api checks requests by."""
    includes = [f"-I{PROTO}", f"-I{PROTO / 'third_party'}", f"-I{GRPC_TOOLS_PROTOS}"]
    services = [name for name in names(PUBLIC) if name.endswith("_service.proto")]
    run_protoc(*includes, "--include_imports", f"--descriptor_set_out={RULES}", *services)


def generate_openapi(contract: list[str]) -> None:
    """Write the description of the gateway's JSON."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "commented.binpb"
        write_descriptor(path, *contract, "--include_source_info")
        descriptors = FileDescriptorSet.FromString(path.read_bytes())
    text = json.dumps(describe(descriptors), indent=1, ensure_ascii=False)
    (GATEWAY / "openapi.json").write_text(f"{text}\n", encoding="utf-8")


def generate_typescript() -> None:
    """Write the TypeScript messages into proto/typescript/src/gen."""
    subprocess.run(["buf", "generate", "--clean"], cwd=ROOT, check=True)


def generate_go(contract: list[str]) -> None:
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
            *contract,
            f"--plugin=protoc-gen-{name}={plugins / f'protoc-gen-{name}'}",
            f"--{name}_out={options}:{PROTO / 'go'}",
            *names(PUBLIC),
        )


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        stripped = write_contract(Path(temporary) / "contract.binpb")
        generate_python(stripped)
        write_descriptor(GATEWAY / "racetime.binpb", *stripped)
        generate_openapi(stripped)
        generate_go(stripped)
    generate_rules()
    generate_typescript()
