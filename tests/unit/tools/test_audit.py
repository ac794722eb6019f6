"""The audit of the gate: a fault that is known fails, and a source that cannot be asked is said to be so."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools import audit

FAULT = {"id": "PYSEC-0000-1", "summary": "Lets strangers in.", "affected": []}


@contextmanager
def source(answer: bytes, status: int = 200) -> Iterator[str]:
    """The address of a server that says the same of every package, as OSV is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

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


def audit_of(installed: Path, address: str) -> int:
    return audit.audit(["--path", str(installed), "--vulnerability-service", "osv", "--osv-url", address])


@pytest.mark.parametrize(("advisories", "status"), [({}, 0), ({"vulns": [FAULT]}, 1)])
def test_a_known_fault_fails(
    installed: Path, advisories: object, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with source(json.dumps(advisories).encode()) as address:
        assert audit_of(installed, address) == status
    assert capsys.readouterr().out == (
        "gate-post 1.0: PYSEC-0000-1, mended in no version yet\n" if status else ""
    )


@pytest.mark.parametrize(("answer", "status"), [(b"gone", 404), (b"<html>", 200), (b"", 500)])
def test_a_source_that_cannot_be_asked_is_one_line(
    installed: Path, answer: bytes, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with source(answer, status) as address:
        assert audit_of(installed, address) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "not audited" in line


def test_a_source_that_is_not_there_is_one_line(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with source(b"") as address:
        pass
    assert audit_of(installed, address) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_packages_that_the_source_does_not_know_are_not_audited(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit._answered('{"dependencies": [{"name": "fsat", "skip_reason": "not found"}]}') == []
    assert audit._answered("no JSON") == []
