"""The audit of the gate: a fault that is known fails, and a source that cannot be asked is said to be so."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools import audit

KNOWN: dict[str, object] = {"info": {}, "vulnerabilities": []}
FAULT = {"id": "PYSEC-0000-1", "summary": "Lets strangers in.", "affected": []}


@contextmanager
def source(page: bytes, status: int = 200, advisories: object = None) -> Iterator[str]:
    """The address of a server with one page, and the same advisories for every package."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(page, status)

        def do_POST(self) -> None:  # as OSV is asked, the one source whose address pip-audit takes
            self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(json.dumps(advisories or {}).encode(), 200)

        def answer(self, body: bytes, code: int) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with one installed package."""
    info = tmp_path / "gate_post-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gate-post\nVersion: 1.0\n")
    return tmp_path


@pytest.mark.parametrize(("advisories", "status"), [({}, 0), ({"vulns": [FAULT]}, 1)])
def test_a_known_fault_fails(
    installed: Path, advisories: object, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with source(json.dumps(KNOWN).encode(), advisories=advisories) as address:
        options = ["--path", str(installed), "--vulnerability-service", "osv", "--osv-url", address]
        assert audit.audit(options, probe=address) == status
    assert ("PYSEC-0000-1" in capfd.readouterr().out) == bool(status)


@pytest.mark.parametrize(
    ("page", "status", "reason"),
    [
        (b"gone", 404, "404"),
        (b"<html>", 200, "JSONDecodeError"),
        (b'{"info": {}}', 200, "it knows no advisories"),
    ],
)
def test_a_source_that_cannot_be_asked_is_one_line(
    page: bytes, status: int, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with source(page, status) as address:
        assert audit.audit(["--no-such-option"], probe=address) == 0
    [line] = capfd.readouterr().out.splitlines()
    assert "not audited" in line
    assert address in line
    assert reason in line


def test_a_source_that_is_not_there_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    with source(b"") as address:
        pass
    assert audit.audit(["--no-such-option"], probe=address) == 0
    assert len(capfd.readouterr().out.splitlines()) == 1
