"""Work in threads whose results come in order, with only a few of them in memory."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ahead(
    function: Callable[[Item], Result], items: Iterable[Item], num_threads: int, look_ahead: int, name: str
) -> Generator[Result]:
    """`function` of each item, in order, computed by threads while earlier results are used.

    Parameters
    ----------
    num_threads : int
    look_ahead : int
        How many results may be waiting or in work at a time.
    name : str
        Prefix of the threads' names.
    """
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(num_threads, name) as pool:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) >= look_ahead:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
