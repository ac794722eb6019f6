"""A folder on a web server on loopback that can fail as servers do."""

import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class WebFolder:
    """A server that lists and gives the files of a folder.

    Attributes
    ----------
    url : str
    faults : dict of str to str
        By file name, what is wrong with its download: `forbidden`, `gone`, `cut` (the connection breaks off
        half-way) or `short` (half of it, said to be all). Listings can be `forbidden`, `gone` or `reset`
        (the connection breaks down).
    cuts_left : int
        How many downloads break off; after them all go well.
    num_bytes : Counter
        Sent so far, by file name.
    together : threading.Barrier or None
        Every download waits until so many are asked for at once.
    knows_ranges : bool
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.faults: dict[str, str] = {}
        self.cuts_left = 1_000
        self.num_bytes: Counter[str] = Counter()
        self.together: threading.Barrier | None = None
        self.knows_ranges = True

    @contextmanager
    def running(self) -> Iterator["WebFolder"]:
        """The server, until the end of the block."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self, directory=str(self.folder)))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, web: WebFolder, *args: Any, **options: Any) -> None:
        self.web = web
        super().__init__(*args, **options)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: pytest shows what tests print."""

    def _fail(self, fault: str) -> None:
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            self.send_error(HTTPStatus.FORBIDDEN if fault == "forbidden" else HTTPStatus.NOT_FOUND)

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            if fault := self.web.faults.get(path.name):
                self._fail(fault)
            else:
                super().do_GET()
            return
        if self.web.together is not None:
            self.web.together.wait(120)
        fault = self.web.faults.get(path.name, "")
        if fault in ("forbidden", "gone"):
            self._fail(fault)
            return
        content, status = path.read_bytes(), HTTPStatus.OK
        promised = len(content)
        if fault == "short":
            content, promised = content[: promised // 2], promised // 2
        elif fault == "cut" and self.web.cuts_left > 0:
            self.web.cuts_left -= 1
            content = content[: promised // 2]
        elif self.web.knows_ranges and (asked := self.headers.get("Range")):
            start, stop = asked.removeprefix("bytes=").split("-")
            content, status = content[int(start) : int(stop) + 1], HTTPStatus.PARTIAL_CONTENT
            promised = len(content)
        self.send_response(status)
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.web.num_bytes[path.name] += len(content)
        self.wfile.write(content)
        self.close_connection = len(content) < promised
