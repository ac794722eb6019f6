"""Calls on a Dask cluster: its workers are looked at before any work, and the cluster meanwhile."""

import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, InvalidStateError
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from distributed import Client, KilledWorker

from fsat_core.errors import ConfigError, RunError
from fsat_core.executors.calls import PACKAGES, Call, Terms
from fsat_core.executors.pool import Pool

_CONNECT_S = 5
_WORKERS_S = 10  # in which at least one worker has to be there
_WATCH_S = 2.0
_PATIENCE_S = 20.0  # for a scheduler or for workers that are gone: a nanny starts workers again


class _Worker(NamedTuple):
    """What a worker says of itself."""

    num_threads: int
    num_gpus: int


@contextmanager
def open_dask(address: str, terms: Terms, for_folds: bool) -> Iterator[Pool]:
    """An executor on a Dask cluster, after a look at its workers.

    Each needs this program in the same version, the same packages, and the folders under the same paths. The
    scheduler needs nothing but Dask.

    Raises
    ------
    ConfigError
        If nobody answers at the address within seconds, there is no worker, or one of them cannot work.
    """
    client = _connect(address)
    try:
        _check_workers(client, address, terms.folders)
        with DaskPool(client, address, terms, for_folds) as pool:
            yield pool
    finally:
        with suppress(OSError, TimeoutError):  # of a scheduler that is gone
            client.close(timeout=_CONNECT_S)


class DaskPool(Pool):
    """Runs calls on the workers of a cluster; where any of them has a GPU, each fold gets one."""

    def __init__(self, client: Client, address: str, terms: Terms, for_folds: bool) -> None:
        self._client, self._address, self._terms = client, address, terms
        workers = _workers_of(client).values()
        self._takes_gpus = for_folds and any(worker.num_gpus for worker in workers)
        self._executor = client.get_executor(
            pure=False, **({"resources": {"GPU": 1}} if self._takes_gpus else {})
        )
        self._theirs: dict[Future, Future] = {}
        self._last_look = self._last_good = time.monotonic()
        self.num_workers = max(self._num_places(), 1)

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Submit a call of a function that the workers can import.

        It is sent pickled: the scheduler, which takes a task apart, need not import it.
        """
        sent = pickle.dumps(Call(self._terms, function, args, kwargs))
        theirs = self._executor.submit(_call_pickled(), sent)
        ours: Future = Future()
        self._theirs[ours] = theirs
        theirs.add_done_callback(partial(self._pass_on, ours))
        ours.add_done_callback(self._let_go)
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End; with `cancel_futures` what is not done is not wanted any more."""
        self._executor.shutdown(wait and not cancel_futures)

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

    def _let_go(self, ours: Future) -> None:
        """Forget Dask's future: as long as there is one, Dask makes a lost result again that we have."""
        theirs = self._theirs.pop(ours)
        if ours.cancelled():
            theirs.cancel()

    def _pass_on(self, ours: Future, theirs: Future) -> None:
        """Let a future of ours end as Dask's has, with a BrokenExecutor where a worker has died too often."""
        with suppress(InvalidStateError):  # nobody waits for it any more
            if theirs.cancelled():  # by Dask itself
                gone = self._client.status != "running"
                ours.set_exception(self._error("its scheduler") if gone else BrokenExecutor("cancelled"))
            elif isinstance(error := theirs.exception(), KilledWorker):
                ours.set_exception(BrokenExecutor(str(error)))
            elif error is not None:
                ours.set_exception(error)
            else:
                ours.set_result(theirs.result())

    def _error(self, lost: str) -> RunError:
        return RunError(
            f"The Dask cluster at {self._address} has lost {lost}: expected it until the work is done. "
            "Start it again, and go on; what has been done is kept."
        )

    def _what_is_lost(self) -> str:
        if self._client.status != "running":
            return "its scheduler"
        with suppress(OSError, TimeoutError):
            num_places = self._num_places()
            self.num_workers = max(num_places, 1)
            return "" if num_places else "its workers"
        return "its scheduler"

    def _num_places(self) -> int:
        """How many calls can be worked on at a time."""
        workers = _workers_of(self._client).values()
        return sum(worker.num_gpus if self._takes_gpus else worker.num_threads for worker in workers)


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
    while not (found := _ask_workers(client, folders)):
        if time.monotonic() > deadline:
            raise ConfigError(
                f"The Dask cluster at {address} has no workers: expected at least one. Start one with "
                f"`dask worker {address} --nthreads 1`, where this program is installed."
            )
        time.sleep(0.1)
    here = Terms.here((), one_thread=True).source
    expected = {"fsat_core": here, **{name: version(name) for name in PACKAGES}}
    for worker, answer in found.items():
        if fault := _fault_of_worker(answer, expected):
            raise ConfigError(f"The Dask worker {worker} {fault}")


def _ask_workers(client: Client, folders: Sequence[Path]) -> dict[str, object]:
    """What each worker has; one that has just died is not among them."""
    if not _workers_of(client):
        return {}
    found = client.run(_look_around(), list(map(str, folders)), list(PACKAGES), on_error="return")
    return {worker: answer for worker, answer in found.items() if not isinstance(answer, OSError)}


def _fault_of_worker(answer: object, expected: dict[str, str]) -> str:
    """What keeps a worker from the work, and what to do; "" for nothing."""
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
            versions["fsat_core"] = import_module("fsat_core.executors.source").source_digest()
        missing = [folder for folder in folders if not Path(folder).is_dir()]
        return {"versions": versions, "missing_folders": missing}

    return look_around


def _call_pickled() -> Callable[[bytes], Any]:
    def call_pickled(sent: bytes) -> Any:
        import pickle

        return pickle.loads(sent)()  # nosec B301

    return call_pickled


def _workers_of(client: Client) -> dict[str, _Worker]:
    # The scheduler is asked itself: what a client knows of it is of five workers at most.
    def list_workers(dask_scheduler: Any) -> dict[str, tuple[int, int]]:
        return {
            address: (worker.nthreads, int(worker.resources.get("GPU", 0)))
            for address, worker in dask_scheduler.workers.items()
        }

    return {name: _Worker(*facts) for name, facts in client.run_on_scheduler(list_workers).items()}
