"""A Dask scheduler and workers of this machine, each a process as on a cluster, and who is at work."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ONE_THREAD = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


@contextmanager
def dask_cluster(folder: Path, num_workers: int = 2, wait_s: float = 120) -> Iterator[str]:
    """The address of a scheduler with workers of one thread; who is killed is started again by a nanny."""
    from distributed import Client

    environment = {**os.environ, "PYTHONPATH": str(ROOT), **dict.fromkeys(ONE_THREAD, "1")}
    with ExitStack() as stack:

        def start(*words: str) -> None:
            command = [sys.executable, "-m", "dask", *words, "--no-dashboard", "--host", "127.0.0.1"]
            quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            process = stack.enter_context(subprocess.Popen(command, env=environment, cwd=folder, **quiet))
            stack.callback(process.terminate)

        file = folder / "scheduler.json"
        start("scheduler", "--port", "0", "--scheduler-file", str(file))
        for _ in range(num_workers):
            start("worker", "--nthreads", "1", "--memory-limit", "0", "--scheduler-file", str(file))
        deadline = time.monotonic() + wait_s
        while not file.is_file() or not file.read_text().endswith("}"):
            if time.monotonic() > deadline:
                raise TimeoutError("the scheduler has not started")
            time.sleep(0.1)
        with Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(num_workers, timeout=wait_s)
            address = str(client.scheduler.address)
        yield address


def busy_workers(address: str) -> list[int]:
    """The processes of the workers that have something to do."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        busy = [worker for worker, keys in client.processing().items() if keys]
        return list(client.run(os.getpid, workers=busy).values()) if busy else []
