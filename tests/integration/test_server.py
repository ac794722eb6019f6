"""The app's server: by which names it answers, and how much visitors may leave with it."""

import socket
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from benchmarks.hostile.visitor import Visitor, ask
from tools.app_server import AppServer

MB = 1024 * 1024
LIMIT_MB = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app with small limits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STREAMLIT_SERVER_MAX_UPLOAD_SIZE", str(LIMIT_MB))
        patch.setenv("STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL", "6")
        app = AppServer(tmp_path_factory.mktemp("app"))
        app.start()
    yield app
    app.stop()


def port_of(server: AppServer) -> int:
    return int(server.url.rpartition(":")[2])


def websocket_answers(server: AppServer, host: str, origin: str | None = None) -> bool:
    """Whether the app lets somebody in who has come by this name."""
    reached = socket.create_connection(("127.0.0.1", port_of(server)))
    try:
        with connect(
            f"ws://{host}:{port_of(server)}/_stcore/stream",
            sock=reached,
            origin=origin,  # type: ignore[arg-type]
            subprotocols=["streamlit"],  # type: ignore[list-item]
            open_timeout=60,
        ):
            return True
    except InvalidStatus as error:
        return error.response.status_code != 403


FOREIGN = [
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "evil-localhost",
    "169.254.169.254",
]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "LOCALHOST"])
def test_the_app_answers_to_its_own_names(server: AppServer, host: str) -> None:
    for name in (host, f"{host}:{port_of(server)}"):
        assert ask(server.url, "GET", "/", headers={"Host": name})[0] == 200
    assert websocket_answers(server, host)
    assert websocket_answers(server, host, origin=f"http://{host}:{port_of(server)}")


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize(
    "path", ["/", "/label", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics"]
)
def test_a_foreign_name_is_refused_with_advice(server: AppServer, host: str, path: str) -> None:
    status, _, body = ask(server.url, "GET", path, headers={"Host": f"{host}:{port_of(server)}"})
    assert status == 400
    assert b"server.allowedHosts" in body
    assert host.encode() not in body


@pytest.mark.parametrize(
    "host", ["", "localhost@evil.example", "evil.example#localhost", "[::1", "localhost/../x"]
)
def test_a_name_that_is_none_is_refused(server: AppServer, host: str) -> None:
    assert ask(server.url, "GET", "/", headers={"Host": host})[0] == 400


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_name_gets_no_session(server: AppServer, host: str) -> None:
    assert not websocket_answers(server, host)
    assert not websocket_answers(server, host, origin=f"http://{host}:{port_of(server)}")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://localhost.evil.example", "null", "file://"]
)
def test_a_page_of_another_site_gets_no_session(server: AppServer, origin: str) -> None:
    assert not websocket_answers(server, "localhost", origin=origin)


def test_one_visitor_uploads_no_more_in_all_than_the_limit(server: AppServer) -> None:
    with Visitor(server.url) as visitor:
        visitor.open("predict")
        assert visitor.upload(bytes(MB)) == 204
        assert visitor.upload(bytes(MB // 2)) == 204
        assert visitor.upload(bytes(MB)) == 413
        assert visitor.upload(bytes(MB // 4)) == 204
        visitor.open("clips")  # which leaves behind what was dragged into Predict
        visitor.open("predict")
        assert visitor.upload(bytes(MB)) == 204
        visitor.open("clips")


def test_an_upload_of_no_stated_length_is_refused(server: AppServer) -> None:
    with Visitor(server.url) as visitor:
        visitor.open("predict")
        assert visitor.upload(b"aaaa", **{"Transfer-Encoding": "chunked"}) == 411


def test_nobody_uploads_for_somebody_else(server: AppServer) -> None:
    with Visitor(server.url) as visitor:
        visitor.open("predict")
        for session in ("", "x", "..", "%2e%2e", "\u0661"):
            assert visitor.put(f"/_stcore/upload_file/{session}/a", b"x") in (400, 404, 405)


def test_all_visitors_have_a_limit_and_who_goes_makes_room(
    server: AppServer, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    visitors = [Visitor(server.url) for _ in range(5)]
    for visitor in visitors:
        visitor.open("predict")
    almost = bytes(2 * MB - 10_000)
    wait_until(lambda: visitors[0].upload(almost) == 204)
    assert [visitor.upload(almost) for visitor in visitors[1:]] == [204, 204, 413, 413]
    for visitor in visitors[:3]:
        visitor.__exit__(None, None, None)
    wait_until(lambda: visitors[3].upload(almost) == 204)  # nobody else comes meanwhile
    for visitor in visitors[3:]:
        visitor.__exit__(None, None, None)
