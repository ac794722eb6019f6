"""A record of archives on a loopback server, which can do to each request what a bad server does."""

import hashlib
import io
import json
import shutil
import subprocess
import threading
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

RECORD = "/api/records/3612637"
LONGEST_STALL_S = 60
NEEDS_ZIP = pytest.mark.skipif(shutil.which("zip") is None, reason="zip is not installed: `apt install zip`")


def zip_folder(folder: Path) -> bytes:
    """A ZIP archive of a folder, whose name is in it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return content.getvalue()


def split_zip_folder(folder: Path, out: Path, *options: str) -> dict[str, bytes]:
    """The pieces, of 64 kB, that the program zip makes of a folder, by their names."""
    out.mkdir()
    target = out / f"{folder.name}.zip"
    command = ["zip", "-q", "-r", "-s", "64k", *options, str(target), folder.name]
    subprocess.run(command, cwd=folder.parent, check=True)
    return {path.name: path.read_bytes() for path in out.iterdir()}


class RecordServer:
    """Serves files and a listing of them, on a port of its own.

    `faults` has for each file, or for `RECORD`, what happens to the next requests, a method of `_Answer`
    each; `always` what happens to all others. `asked` is the names and `Range`s of all requests.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.always: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []
        self.conditions: list[str] = []
        self.elsewhere = ""
        self.listing: bytes | None = None
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return self.root + RECORD

    def entry(self, name: str) -> dict[str, Any]:
        """What the listing has of a file."""
        content = self.files[name]
        return {
            "key": name,
            "size": len(content),
            "checksum": f"md5:{hashlib.md5(content).hexdigest()}",
            "links": {"self": f"{self.root}{RECORD}/files/{name}/content"},
        }

    def record(self) -> bytes:
        entries = [self.entry(name) for name in self.files]
        return (
            json.dumps({"id": 3612637, "files": entries}).encode() if self.listing is None else self.listing
        )

    def _handler(self) -> Callable[..., BaseHTTPRequestHandler]:
        return lambda *arguments: _Answer(self, *arguments)

    @contextmanager
    def running(self) -> Iterator["RecordServer"]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


class _Answer(BaseHTTPRequestHandler):
    """One answer; each fault is a method."""

    def __init__(self, record: RecordServer, *arguments: Any) -> None:
        self.record = record
        super().__init__(*arguments)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        record = self.record
        is_record = self.path == RECORD
        name = RECORD if is_record else self.path.removesuffix("/content").rsplit("/", 1)[-1]
        record.asked.append((name, self.headers.get("Range", "")))
        record.conditions.append(self.headers.get("If-Range", ""))
        self.content = record.record() if is_record else record.files[name]
        self.start = self._wanted()
        faults = record.faults[name]
        fault = faults.pop(0) if faults else record.always.get(name, "right")
        with suppress(ConnectionError):
            getattr(self, fault)()

    def _wanted(self) -> int:
        """Where the range begins that is asked for, if it is of what is served."""
        wanted = self.headers.get("Range", "")
        if not wanted or self.headers.get("If-Range", self._etag()) != self._etag():
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _etag(self) -> str:
        return f'"{hashlib.md5(self.content).hexdigest()}"'

    def _head(self, start: int, length: int | None = None, first: int | None = None) -> None:
        total = len(self.content)
        self.send_response(206 if start else 200)
        self.send_header("ETag", self._etag())
        self.send_header("Content-Length", str(total - start if length is None else length))
        if start:
            first = start if first is None else first
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        self.end_headers()

    def _half(self) -> bytes:
        rest = self.content[self.start :]
        return rest[: len(rest) // 2]

    def right(self) -> None:
        self._head(self.start)
        self.wfile.write(self.content[self.start :])

    # --- faults

    def cut(self) -> None:
        """Half of it, then the end."""
        self._head(self.start)
        self.wfile.write(self._half())

    def stall(self) -> None:
        """Half of it, then nothing."""
        self.cut()
        self.wfile.flush()
        self.record.released.wait(LONGEST_STALL_S)

    def silence(self) -> None:
        """Nothing at all."""
        self.record.released.wait(LONGEST_STALL_S)

    def trickle(self) -> None:
        """A byte now and then, without end."""
        self._head(self.start)
        for byte in self.content[self.start :]:
            self.wfile.write(bytes([byte]))
            if self.record.released.wait(0.02):
                return

    def hang_up(self) -> None:
        """The end, without an answer."""

    def garbage(self) -> None:
        """No HTTP."""
        self.wfile.write(b"\x00\x01\x02 not HTTP\r\n" * 10)

    def no_ranges(self) -> None:
        """All of it, whatever part was asked for."""
        self.start = 0
        self.right()

    def another_range(self) -> None:
        """Another part than was asked for."""
        self._head(max(self.start, 1), first=max(self.start, 1) + 7)
        self.wfile.write(self.content[self.start :])

    def no_such_range(self) -> None:
        self.send_error(416)

    def long(self) -> None:
        """Says that it is longer than it is."""
        self._head(self.start, length=len(self.content) + 1_000)
        self.wfile.write(self.content[self.start :])

    def short(self) -> None:
        """Says that it is shorter than it is."""
        self._head(self.start, length=len(self.content) - self.start - 1_000)
        self.wfile.write(self.content[self.start :])

    def more(self) -> None:
        """Does not say how long it is, and sends more."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.content + b"more")

    def other_bytes(self) -> None:
        """As many bytes, but other ones."""
        self._head(self.start)
        self.wfile.write(bytes(byte ^ 1 for byte in self.content[self.start :]))

    def page(self) -> None:
        """What an access point says before one has signed in."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>Please sign in</html>")

    def error_500(self) -> None:
        self.send_error(500)

    def error_503(self) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "86400")
        self.end_headers()

    def error_404(self) -> None:
        self.send_error(404)

    def elsewhere(self) -> None:
        """Leads to another server."""
        self._lead_to(self.record.elsewhere + self.path)

    def to_a_file(self) -> None:
        """Leads to a file of the visitor."""
        self._lead_to("file:///etc/hostname")

    def around(self) -> None:
        """Leads back to here."""
        self.record.faults[self.path.removesuffix("/content").rsplit("/", 1)[-1]].insert(0, "around")
        self._lead_to(self.record.root + self.path)

    def _lead_to(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()
