"""Where the folds are computed makes no difference: one suite over the worker, processes, Dask and Slurm."""

import json
import operator
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from fsat_core.audio import read_mono
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import AudioError, ConfigError
from fsat_core.executors.calls import Terms
from fsat_core.executors.pool import Pool
from fsat_core.executors.slurm_options import SlurmOptions
from fsat_core.machine import usable_cores
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.executors import open_executor
from fsat_core.training.worker import run_worker
from tests.helpers.processes import is_gone
from tests.helpers.shards import company, kill_this

HANG_S = 180  # until a process that has yet to import everything counts as one that hangs
# A worker that trains in processes, as far as they matter here: one of them writes its pid and is busy.
KILLED_WORKER = """
import os, sys, time
from fsat_core.config.train_config import TrainConfig
from fsat_core.settings import Settings
from fsat_core.training.executors import open_executor

def train(path):
    with open(path, "w") as file:
        file.write(str(os.getpid()))
    time.sleep(600)

if __name__ == "__main__":
    config = TrainConfig.from_recipe("mfcc_dummy", "quick", executor="processes")
    with open_executor(config, Settings.from_environment()) as pool:
        pool.submit(train, sys.argv[1]).result()
"""


@pytest.fixture(params=["worker", "processes", "dask", "slurm"])
def executor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of an executor that can be used; Dask's scheduler and Slurm's jobs are on this machine."""
    if request.param == "slurm":
        pytest.importorskip("submitit", reason="Slurm's executor needs the package 'submitit'")
        monkeypatch.setenv("FSAT_SLURM", "local,jobs=2")
    if request.param != "dask":
        yield request.param
        return
    distributed = pytest.importorskip("distributed", reason="Dask's executor needs the package 'distributed'")
    # In this process, so that the framework is not imported once more; still over a TCP address.
    options = {"processes": False, "protocol": "tcp", "host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, **options) as cluster:
        monkeypatch.setenv("FSAT_DASK_SCHEDULER", cluster.scheduler_address)
        yield "dask"


def open_pool(executor: str) -> AbstractContextManager[Pool]:
    config = TrainConfig.from_recipe("mfcc_dummy", "quick", executor=executor)
    return open_executor(config, Settings.from_environment())


def test_results_and_errors_come_back(executor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path))
    with open_pool(executor) as pool:  # its processes can import the core, but not this module
        sums = [pool.submit(operator.add, number, 1) for number in range(3)]
        failure = pool.submit(read_mono, tmp_path / "bark.wav")
        assert [future.result(timeout=HANG_S) for future in sums] == [1, 2, 3]
        with pytest.raises(AudioError, match=r"^bark\.wav: cannot be opened"):
            failure.result(timeout=HANG_S)


def test_a_run_has_the_same_result(
    executor: str, new_run: Callable[..., Run], settings: Settings, finished_runs: dict[str, Run]
) -> None:
    run = new_run("mfcc_dummy", executor=executor)
    assert run_worker(run, settings).error == ""
    assert run.state == "finished"
    expected = finished_runs["mfcc_dummy"]
    for path in (run.fold_dir(fold) / name for fold in (0, 1) for name in ("oof.npy", "test.npy")):
        probabilities = np.load(path)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
        same = np.load(expected.path / path.relative_to(run.path))
        np.testing.assert_allclose(probabilities, same, atol=1e-5)


def test_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")  # the user's own word goes before
    num_processes = min(2, usable_cores())
    with open_pool("processes") as pool:
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == str(usable_cores() // num_processes)
        assert pool.submit(os.getenv, "TF_NUM_INTRAOP_THREADS").result() == "7"


def test_dask_without_a_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FSAT_DASK_SCHEDULER", raising=False)
    with (
        pytest.raises(ConfigError, match=r"FSAT_DASK_SCHEDULER, such as tcp://127\.0\.0\.1:8786"),
        open_pool("dask"),
    ):
        pass


@pytest.mark.parametrize(
    ("slurm", "words"),
    [
        ("", "expected first `slurm`, or `local`"),
        ("cloud", "'cloud': expected first `slurm`"),
        ("slurm,queue=a", "one of the names jobs, minutes, cpus, gpus, memory_gb, partition, account"),
        ("slurm,partition", "NAME=VALUE"),
        ("local,jobs=0", "a whole number from 1 on for jobs"),
        ("local,gpus=all", "a whole number from 0 on for gpus"),
    ],
)
def test_impossible_words_for_slurm(slurm: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FSAT_SLURM", slurm)
    with pytest.raises(ConfigError, match=f"^FSAT_SLURM=.*{words}"), open_pool("slurm"):
        pass


def test_words_for_slurm() -> None:
    options = SlurmOptions.parse("slurm, partition=gpu ,gpus=1")
    assert options == SlurmOptions("slurm", gpus=1, partition="gpu")


def test_a_machine_without_slurm_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    monkeypatch.setenv("FSAT_SLURM", "slurm")
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"^Slurm is not on this machine: expected"), open_pool("slurm"):
        pass


def test_a_job_that_dies_is_a_broken_executor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    core = pytest.importorskip("submitit").core.core
    monkeypatch.setattr(core.Job, "_results_timeout_s", 0)  # nothing is slow here
    monkeypatch.setenv("FSAT_SLURM", "local,jobs=1")
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    with open_pool("slurm") as pool:
        assert isinstance(pool.submit(kill_this).exception(timeout=HANG_S), BrokenExecutor)
        assert pool.submit(operator.add, 1, 1).result(timeout=HANG_S) == 2
    assert list((tmp_path / "slurm").iterdir()) == []


def test_what_is_not_here_is_said_by_whoever_should_work(tmp_path: Path) -> None:
    from fsat_core.executors.calls import Call

    terms = Terms.here([tmp_path], one_thread=True)
    assert Call(terms, operator.add, (1, 2), {})() == 3
    other = replace(terms, folders=(tmp_path / "gone",))
    with pytest.raises(ConfigError, match=r"does not see the folder .*gone: expected it under the same path"):
        Call(other, operator.add, (1, 2), {})()
    older = replace(terms, source="older")
    with pytest.raises(ConfigError, match="has another version of this program"):
        Call(older, operator.add, (1, 2), {})()


def test_a_dead_dask_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setenv("FSAT_DASK_SCHEDULER", "tcp://127.0.0.1:9")
    with (
        pytest.raises(ConfigError, match=r"^No Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"),
        open_pool("dask"),
    ):
        pass


def test_a_cluster_that_cannot_train_is_one_line_and_a_scheduler_needs_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wait_until: Callable
) -> None:
    """A scheduler and a worker elsewhere, without this program; a worker that has it; then they are gone."""
    distributed = pytest.importorskip("distributed")
    from fsat_core.executors.dask_pool import DaskPool

    hidden = tmp_path / "hidden"  # comes before an installed one
    hidden.mkdir()
    (hidden / "fsat_core.py").write_text("raise ImportError('not installed here')")
    bare = {**os.environ, "PYTHONPATH": str(hidden)}
    program = {**bare, "PYTHONPATH": str(Path(__file__).parents[2])}
    with ExitStack() as stack:

        def start(*words: str, environment: dict[str, str]) -> subprocess.Popen:
            command = [sys.executable, "-m", "dask", *words]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
            process = stack.enter_context(subprocess.Popen(command, env=environment, **quiet))  # type: ignore[call-overload]
            stack.callback(process.kill)
            return process

        place = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", "scheduler.json")
        scheduler = start("scheduler", *place, environment=bare)
        file = tmp_path / "scheduler.json"
        wait_until(lambda: file.is_file() and file.read_text().endswith("}"))  # it is written bit by bit
        address = json.loads(file.read_text())["address"]
        monkeypatch.setenv("FSAT_DASK_SCHEDULER", address)
        with pytest.raises(ConfigError, match="has no workers: expected at least one"), open_pool("dask"):
            pass

        worker = ("worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--host", "127.0.0.1")
        start(*worker, environment=program)
        wait_until(lambda: says_of_cluster() == "")
        with open_pool("dask") as pool, pytest.raises(AudioError):
            pool.submit(read_mono, tmp_path / "bark.wav").result(timeout=HANG_S)
        start(*worker, environment=bare)
        wait_until(lambda: says_of_cluster() != "")
        assert "cannot import fsat_core: expected this program there, too" in says_of_cluster()
        terms = Terms.here((), one_thread=True)
        with distributed.Client(address) as client, DaskPool(client, address, terms, False) as pool:
            future = pool.submit(time.sleep, 600)
            scheduler.kill()
            lost = f"The Dask cluster at {address} has lost its scheduler"
            assert lost in str(future.exception(timeout=HANG_S))


def says_of_cluster() -> str:
    """Why a cluster cannot train; "" for one that can."""
    try:
        with open_pool("dask"):
            return ""
    except ConfigError as error:
        return str(error)


def test_what_a_dask_worker_lacks_is_named() -> None:
    pytest.importorskip("distributed")
    from fsat_core.executors.dask_pool import _fault_of_worker

    expected = {"fsat_core": "1", "keras": "3"}
    assert _fault_of_worker({"versions": expected, "missing_folders": []}, expected) == ""
    old = {"versions": {**expected, "keras": "2"}, "missing_folders": []}
    assert _fault_of_worker(old, expected).startswith("has keras 2: expected 3, as here")
    other = {"versions": {**expected, "fsat_core": "0"}, "missing_folders": []}
    assert _fault_of_worker(other, expected).startswith("has another version of this program")
    blind = {"versions": expected, "missing_folders": ["/runs/a"]}
    assert _fault_of_worker(blind, expected).startswith("does not see the folder /runs/a")
    assert "Python or Dask may be another" in _fault_of_worker(RuntimeError("?"), expected)


@pytest.mark.parametrize("num_gpus", [0, 1])
def test_where_a_worker_has_a_gpu_each_fold_gets_one(
    num_gpus: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")

    async def start(cluster: Any) -> None:
        for name, resources in (("plain", {}), ("able", {"GPU": num_gpus} if num_gpus else {})):
            options = {"name": name, "nthreads": 2, "resources": resources, "host": "127.0.0.1"}
            cluster.append(await distributed.Worker(scheduler.address, dashboard=False, **options))

    loop_of = distributed.LocalCluster(
        n_workers=0, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with loop_of as local:
        scheduler = local.scheduler
        workers: list[Any] = []
        local.sync(start, workers)
        monkeypatch.setenv("FSAT_DASK_SCHEDULER", local.scheduler_address)
        with open_pool("dask") as pool:
            found = [pool.submit(company, tmp_path) for _ in range(8)]
            names, numbers = zip(*(future.result(timeout=HANG_S) for future in found), strict=True)
            num_workers = pool.num_workers
        local.sync(close_all, workers)
    assert num_workers == (1 if num_gpus else 4)
    assert (set(names) == {"able"}) == (max(numbers) == 1) == bool(num_gpus)


async def close_all(workers: list[Any]) -> None:
    for worker in workers:
        await worker.close()


def test_processes_end_with_a_killed_worker(tmp_path: Path, wait_until: Callable) -> None:
    script = tmp_path / "worker.py"
    script.write_text(KILLED_WORKER)
    command = [sys.executable, str(script), str(tmp_path / "pid")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, env=environment) as worker:
        wait_until(lambda: (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text() != "")
        child = psutil.Process(int((tmp_path / "pid").read_text()))
        worker.kill()
    wait_until(lambda: is_gone(child))
