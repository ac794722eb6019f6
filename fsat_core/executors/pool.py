"""What whoever hands out work may ask of an executor, wherever its workers are."""

from concurrent.futures import Executor, ThreadPoolExecutor


class Pool(Executor):
    """An executor whose futures raise a BrokenExecutor where the worker that had the call has died.

    Attributes
    ----------
    num_workers : int
        How many calls are worked on at a time, as far as is known now.
    shard_factor : int
        How many times as large a shard should be as for a process that is there already.
    """

    num_workers: int = 1
    shard_factor: int = 1

    def check(self) -> None:
        """Raise a RunError if it will not finish what it was given."""

    def __exit__(self, kind: object, *_: object) -> None:
        """Wait for all calls; after an error give them up."""
        self.shutdown(cancel_futures=kind is not None)


class OneThread(Pool, ThreadPoolExecutor):
    """A thread of this process, which works on one call after the other."""

    def __init__(self, name: str) -> None:
        ThreadPoolExecutor.__init__(self, 1, thread_name_prefix=name)
