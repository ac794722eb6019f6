"""Work on many items in shards: groups of them, by the workers of a pool, any of which may die."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from functools import partial
from itertools import count
from typing import NamedTuple, TypeVar

from fsat_core.errors import FsatError
from fsat_core.executors.pool import Pool

Item = TypeVar("Item")
Result = TypeVar("Result")
Shard = Sequence[Item]

TRIES = 3  # of an item that is alone in its shard
_MOST_LOSSES = 30  # one after the other, without a shard that is done in between
_AHEAD = 2  # shards that each worker is given at a time: the next one, and so few that it can be stopped soon
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
    pool: Pool,
    work: Callable[[Shard[Item]], Result],
    give_up: Callable[[Item], Result],
    shards: Iterable[Shard[Item]],
) -> Generator[list[tuple[Shard[Item], Result]]]:
    """The results of `work` on shards, as they are done, wherever the workers of `pool` are.

    A shard whose worker dies is done again in two halves, so that an item that ends its worker each time is
    found: it is the only one that is not done in the end.

    Parameters
    ----------
    pool : Pool
    work : callable
        Called with a shard by a worker. A shard may be begun several times.
    give_up : callable
        Called here with an item that has ended its worker `TRIES` times; what it returns is its result.
    shards : iterable of sequences

    Yields
    ------
    list of (shard, result)
        Of the shards that were done since; empty now and then, so that somebody can say stop.

    Raises
    ------
    FsatError
        If workers die whatever they are given, or the pool has lost them all.
    """
    tasks: Iterator[_Task] = map(_Task, shards)
    again: deque[_Task] = deque()
    running: dict[Future[Result], _Task] = {}
    num_losses = 0
    try:
        while True:
            while len(running) < _AHEAD * pool.num_workers:
                if (task := again.popleft() if again else next(tasks, None)) is None:
                    break
                running[pool.submit(work, task.shard)] = task
            if not running:
                return
            pool.check()
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


def map_shards(
    pool: Pool,
    work: Callable[[Shard[Item]], Sequence[Result]],
    give_up: Callable[[Item], Result],
    shards: Iterable[Shard[Item]],
) -> Generator[list[Result]]:
    """A result of each item in the order of the items: `run_shards` for work that returns one for each.

    Yields
    ------
    list
        Those whose turn has come since; empty now and then.
    """
    numbers = count()
    numbered = ([(next(numbers), item) for item in shard] for shard in shards)
    waiting: dict[int, Sequence[Result]] = {}
    num_done = 0
    for finished in run_shards(
        pool, partial(_without_numbers, work), lambda item: [give_up(item[1])], numbered
    ):
        waiting |= {shard[0][0]: results for shard, results in finished}
        ready: list[Result] = []
        while (results := waiting.pop(num_done, None)) is not None:
            ready += results
            num_done += len(results)
        yield ready


def _without_numbers(
    work: Callable[[Shard[Item]], Sequence[Result]], shard: Shard[tuple[int, Item]]
) -> Sequence[Result]:
    return work([item for _, item in shard])


def _halves(task: _Task) -> list[_Task]:
    middle = len(task.shard) // 2
    if not middle:
        return [_Task(task.shard, task.num_lost + 1)]
    return [_Task(task.shard[:middle]), _Task(task.shard[middle:])]


def _hopeless() -> FsatError:
    return FsatError(
        f"{_MOST_LOSSES} processes or jobs ended one after the other, most likely for want of memory, or "
        "since they cannot start: expected them to work. Make room, or look at what they have printed, and "
        "start again; what has been done is kept."
    )
