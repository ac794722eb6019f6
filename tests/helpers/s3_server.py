"""An S3 server on loopback, with buckets that tests fill."""

import logging
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

KEY, SECRET = "access-key-of-tests", "secret-of-tests"
BUCKET = "clips"


class S3Server:
    """The server as its client sees it."""

    def __init__(self, url: str, client: Any) -> None:
        self.url, self.client = url, client

    def put(self, folder: Path, prefix: str) -> str:
        """The address of a prefix that now holds the files of a folder."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.write(f"{prefix}/{path.relative_to(folder).as_posix()}", path.read_bytes())
        return f"s3://{BUCKET}/{prefix}"

    def take_audio(self, data_dir: Path) -> str:
        """Move the audio folders of a data set into the bucket; returns their prefix there."""
        prefix = uuid.uuid4().hex
        for folder in [path for path in data_dir.iterdir() if path.is_dir()]:
            self.put(folder, f"{prefix}/{folder.name}")
            shutil.rmtree(folder)
        (data_dir / "audio_url.txt").write_text(f"s3://{BUCKET}/{prefix}\n")
        return prefix

    def write(self, key: str, content: bytes) -> None:
        """Put an object into the bucket, or another one in its place."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody has any rights until the end of the block."""
        self._allow("0")
        try:
            yield
        finally:
            self._allow("inf")

    def _allow(self, num_requests: str) -> None:
        address = f"{self.url}/moto-api/reset-auth"
        urlopen(Request(address, num_requests.encode(), {"Content-Type": "text/plain"})).close()

    def remove(self, key: str) -> None:
        """Delete an object."""
        self.client.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A running server, which this process and those that it starts use by their environment."""
    import boto3

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        with pytest.MonkeyPatch.context() as environment:
            for name, value in {
                "AWS_ENDPOINT_URL": url,
                "AWS_ACCESS_KEY_ID": KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "NO_PROXY": "127.0.0.1",
            }.items():
                environment.setenv(name, value)
            client = boto3.client("s3")
            client.create_bucket(Bucket=BUCKET)
            yield S3Server(url, client)
    finally:
        server.stop()
