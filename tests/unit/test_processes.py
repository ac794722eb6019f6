"""Shards in processes: whatever dies, the others' work is done, and only what kills is left out."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import pytest

from fsat_core import shards
from fsat_core.errors import FsatError, Stopped
from fsat_core.processes import Processes
from fsat_core.shards import cut_shards, map_shards, run_shards
from tests.helpers.processes import is_gone
from tests.helpers.shards import square, write_pid_and_wait

PARENT = """
import sys
from functools import partial
from pathlib import Path
from fsat_core.processes import Processes
from tests.helpers.shards import write_pid_and_wait

if __name__ == "__main__":
    with Processes(1) as pool:
        pool.submit(write_pid_and_wait, Path(sys.argv[1]), [0]).result()
"""


def squares(folder: Path, pieces: list[list[int]]) -> dict[int, int]:
    """The square of each number, -1 where its process dies each time."""
    found: dict[int, int] = {}
    with Processes(2) as pool:
        for finished in run_shards(pool, partial(square, folder), lambda number: [-1], pieces):
            for shard, results in finished:
                found |= dict(zip(shard, results, strict=True))
    return found


def test_shards_end_when_their_sizes_add_up() -> None:
    assert list(cut_shards([1, 2, 3, 9, 1], float, 4)) == [[1, 2, 3], [9], [1]]
    assert list(cut_shards([], float, 4)) == []


def test_work_of_processes_that_die_is_done_again(tmp_path: Path) -> None:
    numbers = [[1, 3, 5], [7, 8, 9], [11], [15, 17]]
    assert squares(tmp_path, numbers) == {number: number**2 for shard in numbers for number in shard}
    assert [path.name for path in tmp_path.iterdir()] == ["8"]  # it did end a process


def test_what_kills_each_time_is_found_and_given_up(tmp_path: Path) -> None:
    expected = {number: number**2 for number in (1, 3, 5, 7, 9, 11, 15)} | {13: -1}
    assert squares(tmp_path, [[1, 3], [5, 7, 9, 11, 13, 15]]) == expected


def test_results_come_in_the_order_of_the_items(tmp_path: Path) -> None:
    pieces = [[1, 3], [8, 5, 13], [7], [2]]
    with Processes(2) as pool:
        found = map_shards(pool, partial(square, tmp_path), lambda number: -1, pieces)
        assert [result for results in found for result in results] == [1, 9, 64, 25, -1, 49, 4]


def test_where_everything_dies_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_MOST_LOSSES", 2)
    with pytest.raises(
        FsatError, match="2 processes or jobs ended one after the other, most likely for want"
    ):
        squares(tmp_path, [[13], [13], [13]])


def test_errors_come_back_and_a_process_serves_many_calls() -> None:
    with Processes(1) as pool:
        assert pool.submit(os.getpid).result() == pool.submit(os.getpid).result() != os.getpid()
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result()


def test_one_that_dies_leaves_the_others(tmp_path: Path, wait_until: Callable) -> None:
    with Processes(2) as pool:
        busy = pool.submit(write_pid_and_wait, tmp_path / "pid", [0])
        wait_until((tmp_path / "pid").exists)
        for number in (2, 4):
            pool.submit(square, tmp_path, [number]).exception()
        assert not busy.done()
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


def test_a_stop_ends_what_is_running(tmp_path: Path, wait_until: Callable) -> None:
    pool = Processes(1)
    pool.submit(write_pid_and_wait, tmp_path / "pid", [0])
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
    process = psutil.Process(int((tmp_path / "pid").read_text()))
    pool.__exit__(Stopped)
    wait_until(lambda: is_gone(process))


def test_they_end_with_a_killed_parent(tmp_path: Path, wait_until: Callable) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(script), str(tmp_path / "pid")]
    with subprocess.Popen(command, env=environment) as parent:
        wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
        process = psutil.Process(int((tmp_path / "pid").read_text()))
        parent.kill()
    wait_until(lambda: is_gone(process))
