"""A certificate for a run on this machine."""

import ssl
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from racetime_embedded.announce import announcement
from racetime_embedded.errors import RunError
from racetime_embedded.parts import Plan, build_parts
from racetime_embedded.ports import Ports
from racetime_embedded.ready import ask
from racetime_embedded.tls import gateway_tls

WISH = {"RACETIME_GATEWAY_TLS": "self-signed"}


def test_without_a_wish_there_is_no_certificate(tmp_path):
    assert gateway_tls({}, tmp_path / "tls") == {}
    assert list(tmp_path.iterdir()) == []


def test_another_wish_is_refused(tmp_path):
    with pytest.raises(RunError, match="RACETIME_GATEWAY_TLS=yes: not self-signed"):
        gateway_tls({"RACETIME_GATEWAY_TLS": "yes"}, tmp_path)


def test_the_certificate_is_made_once_and_its_key_is_nobody_elses(tmp_path):
    made = gateway_tls(WISH, tmp_path / "tls")
    key = Path(made["RACETIME_GATEWAY_TLS_KEY"])
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert gateway_tls(WISH, tmp_path / "tls") == made
    assert key.read_bytes() == before


def test_only_the_gateway_is_told_and_the_run_is_announced_as_https(tmp_path):
    made = gateway_tls(WISH, tmp_path)
    plan = Plan(Ports.from_env(WISH), tmp_path, gateway=made)
    told = [part.name for part in build_parts(plan, {}) if made.items() <= part.environ.items()]
    assert told == ["gateway"]
    box = announcement(plan.ports, {}, 1.0)
    assert "https://localhost:8000" in box
    assert "http://" not in box


class Ok(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *words: object) -> None: ...


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_who_trusts_the_authority_is_answered_and_so_is_the_run_itself(tmp_path, host):
    made = gateway_tls(WISH, tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made["RACETIME_GATEWAY_TLS_CERT"], made["RACETIME_GATEWAY_TLS_KEY"])
    with ThreadingHTTPServer(("127.0.0.1", 0), Ok) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
            url = f"https://{host}:{server.server_port}/"
            with urlopen(url, context=trusting, timeout=5) as response:
                assert response.read() == b"ok"
            assert ask(server.server_port, "/", "https").body == b"ok"
        finally:
            server.shutdown()
            thread.join()
