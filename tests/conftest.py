"""Fixtures for all tests: tiny synthesised data sets in both layouts, finished runs, and runs made up."""

import csv
import gc
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # before anything imports TensorFlow; children inherit it

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import Catalogue, open_dataset, scan
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.demo.write import write_demo
from fsat_core.dataset.vocabulary import FSDKAGGLE2019_CLASSES
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.create import create_run

if TYPE_CHECKING:
    from tests.helpers.s3_server import S3Server

HANG_S = 180  # no limit on speed: only so that a worker that hangs is a failure
SAMPLE_RATE = 8_000
CLASSES = ("Bark", "Knock", "Meow", "Siren")
PITCHES_HZ = {"Bark": 300, "Knock": 900, "Meow": 2_000, "Siren": 3_000}

CURATED = [(f"{name.lower()}_{i}.wav", name) for name in CLASSES[:3] for i in range(4)]
CURATED += [("duet_0.wav", "Bark,Meow"), ("duet_1.wav", "Bark,Meow")]
NOISY = [(f"noisy_{name.lower()}.wav", name) for name in CLASSES]
TEST = [(f"test_{name.lower()}.wav", name) for name in CLASSES]

# Seconds are enough for a dummy at these sizes; the high rate makes its answers differ from clip to clip.
TINY = {
    "sample_rate": SAMPLE_RATE,
    "duration_s": 0.5,
    "n_mfcc": 13,
    "batch_size": 4,
    "max_epochs": 2,
    "learning_rate": 0.1,
}


def pytest_collection_finish() -> None:
    """Sets aside what has been imported."""
    _set_aside()


def _set_aside() -> None:
    """Lets no garbage collection look at what is alive now.

    Streamlit collects after each run of a page: with TensorFlow loaded, that was half the time of its tests.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts back the main module, which AppTest replaces: processes spawned later would run its script."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def write_set() -> Callable[..., Path]:
    """Writes a data set into a folder: `write_set(root, layout="kaggle")` returns `root`.

    14 curated clips (two of them with two labels), 4 noisy and 4 test clips of 0.5 to 1 s at 8 kHz.
    """
    return _write_set


@pytest.fixture(scope="session")
def written_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny set in the Kaggle layout, written once. Shared: copied before it is changed."""
    return _write_set(tmp_path_factory.mktemp("written") / "set")


@pytest.fixture
def kaggle_set(written_set: Path, tmp_path: Path) -> Path:
    """A fresh tiny set in the Kaggle layout."""
    return Path(shutil.copytree(written_set, tmp_path / "kaggle_set", copy_function=shutil.copy))


@pytest.fixture
def zenodo_set(tmp_path: Path) -> Path:
    """A fresh tiny set in the layout of the Zenodo record."""
    return _write_set(tmp_path / "zenodo_set", "zenodo")


@pytest.fixture(scope="session")
def s3() -> "Iterator[S3Server]":
    """An S3 server with an empty bucket, which every client in this process and its children asks."""
    from tests.helpers.s3_server import s3_server  # only here: it takes a second to import

    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def demo_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the demo set in it, written once for all tests."""
    cache_dir = tmp_path_factory.mktemp("demo_cache")
    write_demo(cache_dir / "demo")
    return cache_dir


@pytest.fixture
def settings(kaggle_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on `kaggle_set` with empty runs and cache folders, also in the environment."""
    monkeypatch.setenv("FSAT_DATA_DIR", str(kaggle_set))
    monkeypatch.setenv("FSAT_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "cache"))
    return Settings.from_environment()


@pytest.fixture
def new_run(settings: Settings) -> Callable[..., Run]:
    """Creates a run of a tiny dummy that nobody has started: `new_run("mfcc_dummy", n_folds=3)`."""
    return lambda model="mfcc_dummy", **overrides: _create(settings, model, **overrides)


@pytest.fixture(scope="session")
def created_run(written_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of a tiny dummy that nobody has started. Shared: copied before it is changed."""
    folder = tmp_path_factory.mktemp("created")
    return _create(Settings(written_set, folder / "runs", folder / "cache"), "mfcc_dummy")


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Waits until a condition holds: `wait_until(lambda: run.state == "finished")`. Gives up on a hang."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + HANG_S
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"still not so after {HANG_S} s")
            time.sleep(0.05)

    return wait


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A finished two-fold run of each dummy, by model. Shared: copy a run's folder before changing it."""
    from fsat_core.training.worker import run_worker

    folder = tmp_path_factory.mktemp("finished")
    settings = Settings(_write_set(folder / "set"), folder / "runs", folder / "cache")
    runs = {}
    for model in ("mfcc_dummy", "wave_dummy"):
        run = _create(settings, model)
        status = run_worker(run, settings)
        if status.state != "finished":
            raise RuntimeError(f"{run.run_id} {status.state}: {status.error}")
        runs[model] = run
    _set_aside()
    return runs


@pytest.fixture
def of_fsdkaggle2019() -> Callable[[Run], None]:
    """Lets a finished run of Bark, Knock and Meow know ten of FSDKaggle2019's classes, the others in vain."""

    def add_classes(run: Run) -> None:
        known = json.loads((run.path / "classes.json").read_text())
        more = [name for name in FSDKAGGLE2019_CLASSES if name not in CLASSES][: 10 - len(known)]
        (run.path / "classes.json").write_text(json.dumps([*known, *more]))
        for path in (run.path / "oof.parquet", run.path / "test.parquet"):
            pd.read_parquet(path).assign(**dict.fromkeys(more, 0.0)).to_parquet(path)

    return add_classes


@pytest.fixture
def predicted_run(tmp_path: Path) -> Callable[..., Run]:
    """Writes a run: `predicted_run({"curated/a.wav": ("Bark", [0.9, 0.1])})`.

    Each clip has its pinned labels and, out of fold, the probability of each of `classes`. `folds` are what
    each fold says of each of the `test` clips.
    """

    def write(
        clips: Mapping[str, tuple[str, Sequence[float]]],
        classes: Sequence[str] = ("Bark", "Knock"),
        *,
        task: str = "single",
        name: str = "run",
        test: Sequence[str] = (),
        folds: Sequence[Sequence[Sequence[float]]] = (),
    ) -> Run:
        path = tmp_path / "predicted" / name
        path.mkdir(parents=True)
        TrainConfig.from_recipe("mfcc_dummy", task=task, n_folds=max(len(folds), 2)).save(
            path / "config.json"
        )
        spec = Run(path).config.feature_spec
        (path / "features.json").write_text(json.dumps(spec.to_json()))
        (path / "classes.json").write_text(json.dumps(list(classes)))
        table = pd.DataFrame(
            {"clip_id": list(clips), "labels": [labels for labels, _ in clips.values()], "fold": 0}
        )
        table.to_csv(path / "labels.csv", index=False)
        pd.DataFrame({"clip_id": [], "error": []}).to_csv(path / "skipped.csv", index=False)
        pd.DataFrame({"clip_id": list(test)}).to_csv(path / "test_clips.csv", index=False)
        oof = pd.DataFrame([values for _, values in clips.values()], columns=list(classes), dtype="float32")
        oof.insert(0, "clip_id", list(clips))
        oof.to_parquet(path / "oof.parquet", index=False)
        for fold, values in enumerate(folds):
            (path / f"fold_{fold:02d}").mkdir()
            np.save(path / f"fold_{fold:02d}" / "test.npy", np.array(values, dtype=np.float32))
            held_out = np.zeros((len(clips) if fold == 0 else 0, len(classes)), dtype=np.float32)
            np.save(path / f"fold_{fold:02d}" / "oof.npy", held_out)
        return Run(path)

    return write


@pytest.fixture(scope="session")
def catalogue_of() -> Callable[[list[tuple[str, str, int]]], Catalogue]:
    """Makes a catalogue of clips that have no files: `catalogue_of([("curated", "Bark,Yell", 20_000)])`.

    A row is the split, the labels and the number of frames at 44.1 kHz, 0 for an unreadable clip.
    """

    def make(rows: list[tuple[str, str, int]]) -> Catalogue:
        table = pd.DataFrame(rows, columns=["split", "labels", "num_frames"])
        table["num_labels"] = [len(labels.split(",")) if labels else 0 for labels in table["labels"]]
        table["duration_s"] = (table["num_frames"] / 44_100).where(table["num_frames"] > 0)
        table["fname"] = [f"{number}.wav" for number in range(len(table))]
        return hold_catalogue(table)

    return make


@pytest.fixture
def small_catalogue(catalogue_of: Callable[..., Catalogue]) -> Catalogue:
    """Eight clips in three splits: some of several labels, some of none, one unreadable."""
    return catalogue_of(
        [
            ("curated", "Bark", 10_000),
            ("curated", "Bark,Yell", 20_000),
            ("curated", "Yell", 30_000),
            ("noisy", "Bark", 40_000),
            ("noisy", "Bark,Knock,Yell", 50_000),
            ("noisy", "Bark", 0),
            ("test", "", 100_000),
            ("test", "", 5_000),
        ]
    )


@pytest.fixture(scope="session")
def large_catalogue(catalogue_of: Callable[..., Catalogue]) -> Catalogue:
    """28,000 clips of 80 classes with names as long as the longest of FSDKaggle2019."""
    rng = np.random.default_rng(0)
    names = [f"Class_{i:02d}_with_a_name_of_many_words" for i in range(80)]
    labels = [",".join(rng.choice(names, rng.choice([1, 1, 1, 2, 3]), replace=False)) for _ in range(2_000)]
    splits = rng.choice(["curated", "noisy", "test"], 28_000, p=[0.2, 0.6, 0.2])
    frames = (rng.lognormal(1.5, 0.8, 28_000) * 44_100).astype(int)
    rows = [
        (str(split), labels[i % 2_000], int(num_frames))
        for i, (split, num_frames) in enumerate(zip(splits, frames, strict=True))
    ]
    return catalogue_of(rows)


def _create(settings: Settings, model: str, **overrides: object) -> Run:
    dataset = open_dataset(settings.data_dir)
    config = TrainConfig.from_recipe(model, "quick", **{**TINY, **overrides})
    return create_run(settings, dataset, scan(dataset, settings.cache_dir), config)


def _write_set(root: Path, layout: str = "kaggle") -> Path:
    if layout == "kaggle":
        _write_part(root / "train_curated.csv", root / "train_curated", CURATED)
        _write_part(root / "train_noisy.csv", root / "train_noisy", NOISY)
        _write_part(None, root / "test", TEST)
        rows = [(fname, *["0"] * len(CLASSES)) for fname, _ in TEST]
        _write_csv(root / "sample_submission.csv", ("fname", *CLASSES), rows)
        return root
    meta, audio = root / "FSDKaggle2019.meta", "FSDKaggle2019.audio_"
    _write_part(meta / "train_curated_post_competition.csv", root / f"{audio}train_curated", CURATED)
    _write_part(meta / "train_noisy_post_competition.csv", root / f"{audio}train_noisy", NOISY)
    _write_part(None, root / f"{audio}test", TEST)
    usage = [(*row, "Public" if i % 2 else "Private") for i, row in enumerate(TEST)]
    _write_csv(meta / "test_post_competition.csv", ("fname", "labels", "usage"), usage)
    return root


def _write_part(table: Path | None, audio_dir: Path, rows: Sequence[tuple[str, str]]) -> None:
    audio_dir.mkdir(parents=True)
    for fname, labels in rows:
        _write_clip(audio_dir / fname, labels.split(","))
    if table is not None:
        _write_csv(table, ("fname", "labels"), rows)


def _write_clip(path: Path, names: Sequence[str]) -> None:
    rng = np.random.default_rng(list(path.name.encode()))
    times_s = np.arange(rng.integers(SAMPLE_RATE // 2, SAMPLE_RATE)) / SAMPLE_RATE
    wave = sum(np.sin(2 * np.pi * PITCHES_HZ[name] * times_s) for name in names) / (2 * len(names))
    sf.write(path, wave + rng.normal(0, 0.02, len(times_s)), SAMPLE_RATE, subtype="PCM_16")


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
