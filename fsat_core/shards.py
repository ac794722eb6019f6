"""Work on many items in shards: groups of them, in the processes of an executor, any of which may die."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from typing import NamedTuple, TypeVar

from fsat_core.errors import FsatError

Item = TypeVar("Item")
Result = TypeVar("Result")
Shard = Sequence[Item]

TRIES = 3  # of an item that is alone in its shard
_MOST_LOSSES = 30  # one after the other, without a shard that is done in between
_POLL_S = 0.2


class _Task(NamedTuple):
    """A shard that is to be worked on, and how often that was tried in vain."""

    shard: Sequence
    num_lost: int = 0


def cut_shards(items: Iterable[Item], size: Callable[[Item], float], most: float) -> Iterator[list[Item]]:
    """Items in groups, each complete when its sizes add up to `most`."""
    group: list[Item] = []
    total = 0.0
    for item in items:
        group.append(item)
        total += size(item)
        if total >= most:
            yield group
            group, total = [], 0.0
    if group:
        yield group


def run_shards(
    pool: Executor,
    work: Callable[[Shard[Item]], Result],
    give_up: Callable[[Item], Result],
    shards: Iterable[Shard[Item]],
    ahead: int,
) -> Generator[list[tuple[Shard[Item], Result]]]:
    """The results of `work` on shards, as they are done, wherever the processes of `pool` are.

    A shard whose process dies is done again in two halves, so that an item that ends its process each time is
    found: it is the only one that is not done in the end.

    Parameters
    ----------
    pool : Executor
        Its futures raise a BrokenExecutor where a process has died.
    work : callable
        Called with a shard in a process. A shard may be begun several times.
    give_up : callable
        Called here with an item that has ended its process `TRIES` times; what it returns is its result.
    shards : iterable of sequences
    ahead : int
        How many shards are handed out at a time, so that it can be stopped soon.

    Yields
    ------
    list of (shard, result)
        Of the shards that were done since; empty now and then, so that somebody can say stop.

    Raises
    ------
    FsatError
        If processes die whatever they are given.
    """
    tasks: Iterator[_Task] = map(_Task, shards)
    again: deque[_Task] = deque()
    running: dict[Future[Result], _Task] = {}
    num_losses = 0
    try:
        while True:
            while len(running) < ahead and (task := again.popleft() if again else next(tasks, None)):
                running[pool.submit(work, task.shard)] = task
            if not running:
                return
            done = []
            for future in wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                try:
                    done.append((task.shard, future.result()))
                    num_losses = 0
                except BrokenExecutor as error:
                    num_losses += 1
                    if num_losses > _MOST_LOSSES:
                        raise _hopeless() from error
                    if task.num_lost + 1 == TRIES:
                        done.append((task.shard, give_up(task.shard[0])))
                    else:
                        again += _halves(task)
            yield done
    finally:
        for future in running:
            future.cancel()


def _halves(task: _Task) -> list[_Task]:
    middle = len(task.shard) // 2
    if not middle:
        return [_Task(task.shard, task.num_lost + 1)]
    return [_Task(task.shard[:middle]), _Task(task.shard[middle:])]


def _hopeless() -> FsatError:
    return FsatError(
        f"{_MOST_LOSSES} processes were killed one after the other, most likely for want of memory: expected "
        "more. Close other programs, then start again; what has been done is kept."
    )
