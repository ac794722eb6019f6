"""A PostgreSQL server for tests: a cluster of its own in a scratch folder, which goes away with it."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

_DEBIAN = Path("/usr/lib/postgresql")
_SUPERUSER = "postgres"


class PostgresServer:
    """A running server. Nobody but processes of this machine can reach it: it has no network address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()

    def new_database(self) -> str:
        """The address of a fresh, empty database."""
        name = f"labels_{next(self._numbers)}"
        _run("createdb", "-h", str(self.folder), "-U", _SUPERUSER, name)
        return f"postgresql://{_SUPERUSER}@/{name}?host={quote(str(self.folder))}"

    def start(self) -> None:
        """Start it and wait until it answers. What it writes is not synced to disk: a test needs no more."""
        options = f"-k '{self.folder}' -c listen_addresses='' -c fsync=off"
        log = str(self.folder / "log")
        _run("pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-o", options, "-w", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` closes connections and shuts down in order, `immediate` is a crash."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server for as long as the context lasts."""
    # Not in pytest's folders, which only root can enter; and short, because a socket's path is limited.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user := _other_user():
            shutil.chown(folder, user)
        data = str(folder / "data")
        _run("initdb", "-D", data, "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        server = PostgresServer(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def why_no_server() -> str:
    """Why no server can be started here; "" if one can."""
    if _program("initdb") is None:
        return "no PostgreSQL server: these tests need Debian's postgresql package"
    if os.geteuid() == 0 and _other_user() is None:
        return f"PostgreSQL does not run as root, and there is no user '{_SUPERUSER}'"
    return ""


def _program(name: str) -> str | None:
    """The path of a server program: Debian keeps those out of the search path, by version."""
    found = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else shutil.which(name)


def _other_user() -> str | None:
    """Who the server runs as, if not as the user of this process."""
    if os.geteuid() != 0:
        return None
    return _SUPERUSER if _SUPERUSER in {entry.pw_name for entry in pwd.getpwall()} else None


def _run(name: str, *arguments: str) -> None:
    user = _other_user()
    group = pwd.getpwnam(user).pw_gid if user else None
    # Output goes to a file: the server that pg_ctl starts would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(_program(name)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            user=user,
            group=group,
            extra_groups=[] if user else None,
            check=False,
        )
        output.seek(0)
        if done.returncode:
            raise RuntimeError(
                f"{name} ended with {done.returncode}: {output.read().decode(errors='replace')}"
            )
