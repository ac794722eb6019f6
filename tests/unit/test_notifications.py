"""Messages to wherever people are: delivered, refused, not answered; no secret is ever shown."""

import json
import logging
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from fsat_core import notifications
from fsat_core.cli import main
from fsat_core.notifications import find_fault, send

SECRET = "hunter2"


class Inbox(ThreadingHTTPServer):
    """What was sent to a server of this machine, which answers with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Take)
        self.messages: list[dict] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"json://user:{SECRET}@127.0.0.1:{self.server_port}/{SECRET}"


class Take(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append(json.loads(content))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_each_address_gets_the_message(inbox: Inbox) -> None:
    assert send(f"{inbox.url} {inbox.url},{inbox.url}", "Finished: <run> *a*", "lwlrap 0.7") == []
    assert [(each["title"], each["message"]) for each in inbox.messages] == [
        ("Finished: <run> *a*", "lwlrap 0.7")
    ] * 3


def test_what_is_not_delivered_is_a_line_without_the_address(
    inbox: Inbox, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    inbox.status = 500
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"json://user:{SECRET}@127.0.0.1:{closed.getsockname()[1]}"
        lines = send(f"{inbox.url} {nobody} nothing://{SECRET} tgram://{SECRET}", "Failed", "why")
    assert [line.split(" was not")[0] for line in lines] == [
        "Notification 1 of 4 (json)",
        "Notification 2 of 4 (json)",
        "Notification 3 of 4 (nothing)",
        "Notification 4 of 4 (tgram)",
    ]
    shown = capsys.readouterr()
    assert SECRET not in "".join([*lines, caplog.text, shown.out, shown.err])


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "_PATIENCE_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (line,) = send(f"json://127.0.0.1:{silent.getsockname()[1]}", "Finished", "all")
    assert "no answer in time" in line


def test_without_the_package_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "[notify]" in find_fault(f"json://{SECRET}")
    assert send(f"json://{SECRET}", "Finished", "all") == [find_fault("json://x")]
    assert find_fault("") == ""


def test_the_command_tries_the_addresses(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FSAT_NOTIFY_URLS", inbox.url)
    assert main(["notify"]) == 0
    assert len(inbox.messages) == 1
    inbox.status = 404
    assert main(["notify"]) == 1
    monkeypatch.delenv("FSAT_NOTIFY_URLS")
    assert main(["notify"]) == 2
    assert SECRET not in "".join(capsys.readouterr())
