"""Work on a cluster: the same bytes as on one machine, whichever workers are killed on the way."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults.scenarios import outcome_of
from fsat_core.audio import FeatureSpec, build_cache
from fsat_core.audio.cache import build
from fsat_core.dataset import clip_path, content_scan, deep_scan, headers, open_dataset, scan
from fsat_core.embedding import build as listening
from fsat_core.embedding import build_store, locate
from fsat_core.errors import Stopped
from fsat_core.executors.workplace import Workplace
from fsat_core.runs import Run
from fsat_core.runs.status import RunStatus
from fsat_core.settings import Settings
from fsat_core.training.worker import run_worker
from tests.helpers.commands import Command
from tests.helpers.embedders import DYING, TINY
from tests.helpers.shards import HeaderReader, Reader
from tools.dask_cluster import busy_workers, dask_cluster

SPEC = FeatureSpec("mfcc", 8_000, 0.5, n_mfcc=13, n_fft=512, hop_length=128)
KILLED = ("bark_1.wav", "meow_2.wav")  # of 22 clips, once in each step


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clip or two in each, as for a large set."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setattr(headers, "_SHARD_BYTES", headers._HEADER_BYTES)
    monkeypatch.setattr(content_scan, "_SHARD_BYTES", 1)
    monkeypatch.setattr(build, "_SHARD_BYTES", 1)
    monkeypatch.setattr(listening, "_SHARD_S", 0.1)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Dask cluster of two workers."""
    pytest.importorskip("distributed")
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address


@pytest.fixture(params=["processes", "dask", "slurm"])
def workplace(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Workplace:
    """Each place where shards can be worked on."""
    if request.param == "dask":
        monkeypatch.setenv("FSAT_DASK_SCHEDULER", request.getfixturevalue("address"))
    if request.param == "slurm":
        core = pytest.importorskip("submitit").core.core
        monkeypatch.setattr(core.Job, "_results_timeout_s", 0)  # nothing is slow here
        monkeypatch.setenv("FSAT_SLURM", "local,jobs=2")
    return Workplace(request.param, Settings.from_environment())


def files_below(folder: Path, *names: str) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in names
        for path in (folder / name).rglob("*")
        if path.is_file()
    }


def prepare(settings: Settings, cache_dir: Path, workplace: Workplace | None = None) -> dict[str, bytes]:
    """Scan, deep scan, features and embeddings; the files that these leave."""
    cache_dir.mkdir()
    killed = KILLED if workplace is not None else ()
    dataset = open_dataset(settings.data_dir)
    catalogue = scan(dataset, cache_dir, read=HeaderReader(cache_dir, killed), workplace=workplace)
    opened = [Reader(cache_dir / name / "opened", kills_once=killed) for name in ("deep", "features_log")]
    for reader in opened:
        reader.log.parent.mkdir()
    calls: list[tuple[int, int]] = []
    deep_scan(
        dataset, catalogue, cache_dir, lambda *call: calls.append(call), read=opened[0], workplace=workplace
    )
    assert calls[-1] == (22, 22)
    clips = [(clip_id, clip_path(dataset, clip_id)) for clip_id in catalogue["clip_id"]]
    assert not build_cache(clips, SPEC, cache_dir, read=opened[1], workplace=workplace).errors
    place = locate(dataset, catalogue, cache_dir, DYING if workplace is not None else TINY)
    assert build_store(place, cache_dir, num_processes=1, workplace=workplace).is_complete
    if workplace is not None:
        assert (cache_dir / "heard").exists()
        assert all(reader.names.count(name) > 1 for reader in opened for name in KILLED)
        assert all(os.getpid() not in reader.pids for reader in opened)
    return files_below(cache_dir, "catalogues", "features", "embeddings")


def test_what_is_prepared_is_the_same_whoever_dies(
    workplace: Workplace, settings: Settings, tmp_path: Path
) -> None:
    here = prepare(settings, tmp_path / "here")
    there = prepare(settings, tmp_path / "there", workplace)
    assert len(here) > 12
    assert there == here


def test_a_run_is_prepared_and_trained_there_though_workers_die(
    address: str,
    settings: Settings,
    new_run: Callable[..., Run],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    opened: list[bool] = []
    real = Workplace.open

    @contextmanager
    def open_and_note(self: Workplace, folders: list[Path], for_folds: bool = False) -> Iterator[Any]:
        opened.append(for_folds)
        with real(self, folders, for_folds) as pool:
            yield pool

    monkeypatch.setattr(Workplace, "open", open_and_note)
    monkeypatch.setenv("FSAT_DASK_SCHEDULER", address)
    killed: list[int] = []

    def kill(status: RunStatus) -> None:
        if status.epoch and not killed and (found := busy_workers(address)):
            killed.append(found[0])
            os.kill(found[0], signal.SIGKILL)

    values = {"n_folds": 3, "max_epochs": 3, "patience": 0}
    run = new_run("mfcc_dummy", executor="dask", **values)
    status = run_worker(run, Settings.from_environment(), kill)
    assert (status.state, status.error) == ("finished", "")
    assert killed
    assert opened == [False, False, True]  # features of training and test clips; folds
    alone = new_run("mfcc_dummy", executor="processes", **values)
    assert run_worker(alone, settings).error == ""
    there, here = outcome_of(run.path), outcome_of(alone.path)
    assert there.pop("config.json") != here.pop("config.json")
    assert len(there) > 20
    assert there == here


def test_a_stop_ends_work_on_a_cluster_and_what_is_done_is_kept(
    address: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_DASK_SCHEDULER", address)
    workplace = Workplace("dask", Settings.from_environment())
    dataset = open_dataset(settings.data_dir)
    catalogue = scan(dataset, settings.cache_dir)
    place = locate(dataset, catalogue, settings.cache_dir, TINY)
    calls: list[int] = []

    def build_again(should_stop: Callable[[], bool]) -> None:
        calls.clear()
        build_store(
            place, settings.cache_dir, lambda done, _: calls.append(done), should_stop, workplace=workplace
        )

    with pytest.raises(Stopped):
        build_again(lambda: calls[-1] >= 5)
    store = place.open()
    assert store is not None
    num_kept = store.num_done
    assert 5 <= num_kept < 22
    build_again(lambda: False)
    assert calls[0] == num_kept
    assert calls[-1] == 22


def test_commands_take_an_executor(
    address: str, settings: Settings, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "FSAT_DASK_SCHEDULER" in command.error("scan", "--executor", "dask")
    assert "FSAT_SLURM" in command.error("scan", "--executor", "slurm")
    monkeypatch.setenv("FSAT_DASK_SCHEDULER", address)
    there = command.json("scan", "--deep", "--executor", "dask")
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "other"))
    assert command.json("scan", "--deep") == there
