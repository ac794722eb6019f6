"""What cannot be opened is an error in one line, without the password; how SQLite is set up."""

import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from fsat_core.errors import FsatError, LabelError
from fsat_core.labels import Decision, LabelStore
from fsat_core.labels.database import Database
from tests.helpers.messages import refuses, whole_message

SECRET = "pa55word"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port at which somebody listens and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port at which nobody listens, nor anybody else can."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield int(nobody.getsockname()[1])


def refusal(url: str) -> str:
    with pytest.raises(LabelError) as caught:
        LabelStore.open(url)
    message = whole_message(caught)
    assert isinstance(caught.value, FsatError)
    assert SECRET not in message
    return message


@pytest.mark.parametrize(
    "url",
    [
        "",
        "labels.db",
        f"postgresql//me:{SECRET}@host/labels",
        f"postgresql://me:{SECRET}/labels",  # no host: the password stands where the port would
        f"postgresql://me:x@{SECRET}@host/labels",
        f"postgresql://me/x:{SECRET}@host/labels",
        f"postgresql://me:x@host/{SECRET}@labels",
        f"mysql://me:{SECRET}@host/labels",
        f"postgresql+asyncpg://me:{SECRET}@host/labels",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    message = refusal(url)
    assert "label database" in message
    assert "expected" in message
    assert message.endswith("Correct FSAT_DATABASE_URL.")


def test_a_driver_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert 'pip install "psycopg[binary]"' in refusal(f"postgresql://me:{SECRET}@127.0.0.1/labels")


def test_a_server_that_is_not_there(closed_port: int) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is an extra")
    message = refusal(f"postgresql://me:{SECRET}@127.0.0.1:{closed_port}/labels")
    assert message.startswith(f"The label database 'labels' on 127.0.0.1:{closed_port} cannot be used (")
    assert "refused" in message


def test_a_server_that_does_not_answer(silent_port: int) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is an extra")
    message = refusal(f"postgresql://me@127.0.0.1:{silent_port}/labels?connect_timeout=2&password={SECRET}")
    assert "timeout" in message


def test_a_driver_that_repeats_the_password() -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is an extra")
    message = refusal(f"postgresql://me:{SECRET}@127.0.0.1/labels?sslmode={SECRET}")
    assert "***" in message


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    message = refusal(f"sqlite:///{tmp_path}/file/labels.db")
    assert message.startswith(f"No folder for the label database {tmp_path}/file/labels.db (")


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    assert f"The label database {tmp_path} cannot be used (" in refusal(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    path.write_text("fname,labels\n" * 100)
    assert "(file is not a database)" in refusal(f"sqlite:///{path}")
    assert path.read_text() == "fname,labels\n" * 100


def test_a_table_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "labels.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE decisions (id INTEGER PRIMARY KEY)")
    other.close()
    with (
        LabelStore.open(f"sqlite:///{path}") as store,
        pytest.raises(LabelError, match=r"no such column|no column"),
    ):
        store.add(Decision("curated/a.wav", "ann", "unsure"))


def test_every_connection_is_set_up(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'labels.db'}")

    def pragmas(_: object = None) -> list[str]:
        names = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        return database.read(
            lambda connection: [str(connection.execute(text(f"PRAGMA {name}")).scalar()) for name in names]
        )

    expected = ["wal", "1", "2", "1000"]
    assert pragmas() == expected
    assert database.read(pragmas) == expected  # while the first connection is in use
    database.close()


@pytest.mark.parametrize(
    ("words", "reason"), [("all taken\nand none free", "all taken"), ("", "TimeoutError")]
)
def test_an_error_that_is_not_of_the_driver(tmp_path: Path, words: str, reason: str) -> None:
    told: list[str] = []
    database = Database(f"sqlite:///{tmp_path / 'labels.db'}", told.append)

    def wait(_: object) -> None:
        raise PoolTimeout(words)

    with pytest.raises(LabelError) as caught:
        database.read(wait)
    assert f"cannot be used ({reason}); expected a file that can be written. " in whole_message(caught)
    assert told == []
    database.close()


def test_what_fails_for_good_is_not_tried_again(tmp_path: Path) -> None:
    told: list[str] = []
    database = Database(f"sqlite:///{tmp_path / 'labels.db'}", told.append)
    with refuses(LabelError, "no such table: nowhere"):
        database.read(lambda connection: connection.execute(text("SELECT * FROM nowhere")))
    assert told == []
    database.close()
