"""A certificate for this machine alone: with TLS a browser keeps all watches on one connection."""

import os
from collections.abc import Mapping
from pathlib import Path

from racetime_embedded.errors import RunError

NAMES = ("localhost", "127.0.0.1", "::1")


def gateway_tls(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Answer the gateway's certificate when RACETIME_GATEWAY_TLS is self-signed; made once."""
    wish = environ.get("RACETIME_GATEWAY_TLS", "")
    if not wish:
        return {}
    if wish != "self-signed":
        raise RunError(
            f"RACETIME_GATEWAY_TLS={wish}: not self-signed; a certificate of your own goes into "
            "RACETIME_GATEWAY_TLS_CERT and RACETIME_GATEWAY_TLS_KEY"
        )
    authority, cert, key = folder / "ca.pem", folder / "gateway.pem", folder / "gateway.key"
    if not all(file.is_file() for file in (authority, cert, key)):
        _make(authority, cert, key)
    return {"RACETIME_GATEWAY_TLS_CERT": str(cert), "RACETIME_GATEWAY_TLS_KEY": str(key)}


def has_tls(environ: Mapping[str, str]) -> bool:
    """Say whether the gateway will speak TLS."""
    return bool(environ.get("RACETIME_GATEWAY_TLS") or environ.get("RACETIME_GATEWAY_TLS_CERT"))


def _make(authority: Path, cert: Path, key: Path) -> None:
    """Write a certificate whose authority vouches for nothing else: its key is forgotten."""
    import trustme  # here, as it would cost every start some time

    authority.parent.mkdir(parents=True, exist_ok=True)
    maker = trustme.CA(organization_name="RaceTime on this machine")
    leaf = maker.issue_cert(*NAMES, organization_name="RaceTime on this machine")
    maker.cert_pem.write_to_path(str(authority))
    cert.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    key.unlink(missing_ok=True)
    with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(leaf.private_key_pem.bytes())
