"""A visitor of a running app who has no browser, and need not keep to what one would send."""

import socket
from contextlib import suppress
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.targets.viewer import TIMEOUT_S, Viewer


class Visitor(Viewer):
    """A viewer that can also upload, and send any message."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._address = urlsplit(url)
        status, headers, _ = ask(url, "GET", "/_stcore/health")
        assert status == 200
        self._token = headers["set-cookie"].partition("=")[2].partition(";")[0]

    def upload(self, content: bytes, name: str = "a.wav", **headers: str) -> int:
        """The status of the answer to an upload by this visitor."""
        message = BackMsg()
        message.file_urls_request.request_id = "1"
        message.file_urls_request.session_id = self.session_id
        message.file_urls_request.file_names.append(name)
        self.send(message)
        answer = self.receive("file_urls_response").file_urls_response
        return self.put(answer.file_urls[0].upload_url, content, name, **headers)

    def put(self, path: str, content: bytes, name: str = "a.wav", **headers: str) -> int:
        """The status of the answer to a file put there."""
        body = (
            f'--x\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
            + content
            + b"\r\n--x--\r\n"
        )
        own = {
            "Content-Type": "multipart/form-data; boundary=x",
            "Cookie": f"_streamlit_xsrf={self._token}",
            "X-Xsrftoken": self._token,
        }
        return ask(self._address.geturl(), "PUT", path, body, own | headers)[0]

    def send(self, message: BackMsg | bytes) -> None:
        """Send a message, or any bytes."""
        self._socket.send(message if isinstance(message, bytes) else message.SerializeToString())

    def receive(self, kind: str) -> ForwardMsg:
        """The next message of this kind."""
        while True:
            message = ForwardMsg.FromString(self._socket.recv(timeout=TIMEOUT_S))
            if message.WhichOneof("type") == kind:
                return message


def ask(
    url: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer over HTTP, to a request that goes out as it is, sense or not."""
    address = urlsplit(url)
    sent = {"Host": address.netloc, "Connection": "close"} | (headers or {})
    if body is not None and "Transfer-Encoding" in sent:
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)  # in one chunk
    elif body is not None:
        sent["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    with socket.create_connection((str(address.hostname), address.port or 80), TIMEOUT_S) as connection:
        with suppress(ConnectionError):  # refused before all of it has been sent
            connection.sendall(
                "\r\n".join(lines).encode(errors="surrogateescape") + b"\r\n\r\n" + (body or b"")
            )
        answer = b""
        with suppress(ConnectionError):
            while part := connection.recv(1 << 20):
                answer += part
    head, _, content = answer.partition(b"\r\n\r\n")
    first, *others = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(": ") for line in others]
    return int(first.split()[1]), {name.lower(): value for name, _, value in pairs}, content
