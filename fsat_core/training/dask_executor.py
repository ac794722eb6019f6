"""Folds on a Dask cluster: its workers are looked at before any work, and the cluster while they train."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from distributed import Client

from fsat_core.errors import ConfigError, RunError
from fsat_core.training.executors import WatchedExecutor
from fsat_core.training.source import source_digest

_CONNECT_S = 5
_WORKERS_S = 5  # in which at least one worker has to be there
_WATCH_S = 2.0
_PATIENCE_S = 20.0  # for a scheduler or for workers that are gone: a nanny starts workers again
_PACKAGES = ("keras", "numpy")


@contextmanager
def open_dask(address: str, folders: Sequence[Path] = ()) -> Iterator[Executor]:
    """An executor on a Dask cluster, after a look at its workers.

    Each needs this program in the same version, the same Keras and NumPy, and the folders under the same
    paths. The scheduler needs nothing but Dask.

    Raises
    ------
    ConfigError
        If nobody answers at the address within seconds, there is no worker, or one of them cannot train.
    """
    client = _connect(address)
    try:
        _check_workers(client, address, folders)
        yield DaskExecutor(client, address)
    finally:
        with suppress(OSError, TimeoutError):  # of a scheduler that is gone
            client.close(timeout=_CONNECT_S)


class DaskExecutor(WatchedExecutor):
    """Runs functions on the workers of a cluster."""

    def __init__(self, client: Client, address: str) -> None:
        self._client, self._address = client, address
        self._executor = client.get_executor(pure=False)
        self._last_look = self._last_good = time.monotonic()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Submit a call of a function that the workers can import.

        Its name is sent, not the function: the scheduler, which takes a task apart, need not import it.
        """
        return self._executor.submit(
            _call_by_name(), function.__module__, function.__qualname__, args, kwargs
        )

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End; what is not wanted any more is cancelled with its future."""
        self._executor.shutdown(wait=wait)

    def check(self) -> None:
        """Raise a RunError once the scheduler, or the last worker, has been gone for some time."""
        now = time.monotonic()
        if now - self._last_look < _WATCH_S:
            return
        self._last_look = now
        lost = self._what_is_lost()
        if not lost:
            self._last_good = now
        elif now - self._last_good > _PATIENCE_S:
            raise self._error(lost)

    def given_up(self) -> RunError:
        """The error for futures that are cancelled: those of a scheduler that is gone, at once."""
        return self._error(self._what_is_lost() or "its tasks")

    def _error(self, lost: str) -> RunError:
        return RunError(
            f"The Dask cluster at {self._address} has lost {lost}: expected it until the folds are trained. "
            "Start it again, and resume the run."
        )

    def _what_is_lost(self) -> str:
        if self._client.status != "running":
            return "its scheduler"
        with suppress(OSError, TimeoutError):
            return "" if _num_workers(self._client) else "its workers"
        return "its scheduler"


def _connect(address: str) -> Client:
    try:
        return Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:  # a dead address, or none
        raise ConfigError(
            f"No Dask scheduler answers at '{address[:80]}': expected one, such as tcp://127.0.0.1:8786. "
            "Start it, or correct FSAT_DASK_SCHEDULER."
        ) from error


def _check_workers(client: Client, address: str, folders: Sequence[Path]) -> None:
    deadline = time.monotonic() + _WORKERS_S
    while not _num_workers(client):
        if time.monotonic() > deadline:
            raise ConfigError(
                f"The Dask cluster at {address} has no workers: expected at least one. Start one with "
                f"`dask worker {address} --nthreads 1`, where this program is installed."
            )
        time.sleep(0.1)
    found = client.run(_look_around(), list(map(str, folders)), list(_PACKAGES), on_error="return")
    expected = {"fsat_core": source_digest(), **{name: version(name) for name in _PACKAGES}}
    for worker, answer in found.items():
        if fault := _fault_of_worker(answer, expected):
            raise ConfigError(f"The Dask worker {worker} {fault}")


def _fault_of_worker(answer: object, expected: dict[str, str]) -> str:
    """What keeps a worker from training, and what to do; "" for nothing."""
    if not isinstance(answer, dict):
        return "does not answer as expected: its Python or Dask may be another one. Use the same as here."
    if missing := answer["missing_folders"]:
        return f"does not see the folder {missing[0]}: expected it under the same path. Share it with it."
    for name, wanted in expected.items():
        found = answer["versions"].get(name)
        if found is None:
            return (
                f"cannot import {name}: expected this program there, too. Start the worker where it is "
                "installed (`pip install -e .[cpu,cluster]` in a copy of it)."
            )
        if found != wanted:
            what = "another version of this program" if name == "fsat_core" else f"{name} {found}"
            want = "the one from here" if name == "fsat_core" else f"{wanted}, as here"
            return f"has {what}: expected {want}. Bring it up to date, and start it again."
    return ""


def _look_around() -> Callable[[list[str], list[str]], dict[str, Any]]:
    # A function within a function travels as it is, so that a worker without this program can run it.
    def look_around(folders: list[str], packages: list[str]) -> dict[str, Any]:
        from contextlib import suppress
        from importlib import import_module
        from importlib.metadata import PackageNotFoundError, version
        from pathlib import Path

        versions = {}
        for name in packages:
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                continue
        with suppress(ImportError):
            versions["fsat_core"] = import_module("fsat_core.training.source").source_digest()
        missing = [folder for folder in folders if not Path(folder).is_dir()]
        return {"versions": versions, "missing_folders": missing}

    return look_around


def _call_by_name() -> Callable[..., Any]:
    def call_by_name(module: str, name: str, args: tuple, kwargs: dict) -> Any:
        from importlib import import_module

        function: Any = import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        return function(*args, **kwargs)

    return call_by_name


def _num_workers(client: Client) -> int:
    return len(client.scheduler_info()["workers"])
