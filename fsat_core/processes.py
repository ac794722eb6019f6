"""Processes of this machine that work side by side, each of which may die without the others."""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from threadpoolctl import threadpool_limits

from fsat_core.executors.pool import Pool

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


class Processes(Pool):
    """An executor whose processes die alone: their call raises BrokenProcessPool, the next has a new process.

    In a pool of several processes one that is killed takes all calls along, and nobody knows whose fault it
    was. So each of them is a pool of its own here, which a thread waits for. They end with this process, also
    when it is killed.

    Parameters
    ----------
    num_workers : int
        Processes; each is started when there is a call for it.
    prepare : callable, optional
        Called in each process first, instead of what keeps products in one thread.
    """

    def __init__(self, num_workers: int, prepare: Callable[[], object] | None = None) -> None:
        self.num_workers, self._prepare = num_workers, prepare or _keep_products_in_one_thread
        # spawn: a forked child would inherit the threads of a framework in an unknown state
        self._context = get_context("spawn")
        # Its other end is in this process alone. An event will not do: it waits for each process to hear of
        # it, also for one that was killed.
        self._wanted, self._want = self._context.Pipe(duplex=False)
        self._threads = ThreadPoolExecutor(num_workers, "processes")
        self._mine = threading.local()
        self._pools: list[ProcessPoolExecutor] = []

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """Submit a call of a function that a process can import."""
        return self._threads.submit(self._call, function, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End; with `cancel_futures` calls that are running are given up, too."""
        if cancel_futures:
            self._want.close()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for pool in list(self._pools):
            pool.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            self._want.close()
            self._wanted.close()

    def _call(self, function: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
        if (pool := getattr(self._mine, "pool", None)) is None:
            pool = ProcessPoolExecutor(1, self._context, _start, (self._wanted, self._prepare))
            self._mine.pool = pool
            self._pools.append(pool)
        try:
            return pool.submit(function, *args, **kwargs).result()
        except BrokenProcessPool:
            self._mine.pool = None
            self._pools.remove(pool)
            pool.shutdown(wait=False)
            raise


def _keep_products_in_one_thread() -> None:
    import numpy as np  # noqa: F401  # what is limited has to be there

    # The threads of products wait for each other in a loop: they would take the cores of the other processes.
    threadpool_limits(limits=1, user_api="blas")


def _start(wanted: "Connection", prepare: Callable[[], object]) -> None:
    prepare()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: it is for the parent, who then gives up
    threading.Thread(target=_end_after, args=(wanted,), name="watch-parent", daemon=True).start()


def _end_after(wanted: "Connection") -> None:
    """End this process when its parent closes the other end: it gives up, or has been killed."""
    with suppress(OSError, EOFError):
        wanted.poll(None)
    os._exit(1)
