"""All folds together are the folds one by one: same curves, same predictions. Needs JAX."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import ConfigError
from fsat_core.runs import Run
from fsat_core.settings import Settings
from fsat_core.training.worker import run_worker

ROOT = Path(__file__).parents[2]
# Both ways are compiled alike, and sooner: networks of this size have no time to win back.
XLA_FLAGS = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
needs_jax = pytest.mark.skipif(
    find_spec("jax") is None, reason="training folds together needs the package 'jax'"
)

# A training process: for each case a run fold by fold and one together, then a resumed and a stopped one.
TRAINING = """
import json, sys
from pathlib import Path
from fsat_core.dataset import open_dataset, scan
from fsat_core.training.create import create_run
from fsat_core.settings import Settings
from fsat_core.config.train_config import TrainConfig
from fsat_core.training.worker import run_worker

data, work, cases = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
settings = Settings(data, work / "runs", work / "cache")
dataset = open_dataset(data)
catalogue = scan(dataset, settings.cache_dir)
paths = {}

def train(model, on_status=None, **values):
    run = create_run(settings, dataset, catalogue, TrainConfig.from_recipe(model, "quick", **values))
    if values.get("mixup"):  # one case with a clip that only teaches what is not there
        (run.path / "denied.csv").write_text("clip_id,denied\\ncurated/bark_0.wav,Meow\\n")
    return run, run_worker(run, settings, on_status and on_status(run))

for name, values in cases.items():
    for executor in ("worker", "vmapped") if name != "uneven" else ("vmapped",):
        run, status = train(executor=executor, **values)
        paths[f"{name}, {executor}"] = str(run.path)
        if status.state != "finished":
            sys.exit(f"{name}, {executor}: {status.error}")

(run.fold_dir(1) / "oof.npy").unlink()
before = (run.fold_dir(0) / "best.keras").stat().st_mtime_ns
(run.path / "oof.parquet").rename(run.path / "oof_before.parquet")
status = run_worker(run, settings)
same_fold = (run.fold_dir(0) / "best.keras").stat().st_mtime_ns == before
paths["resumed"] = [status.state, same_fold, str(run.path)]

def stop(run):
    return lambda status: run.stop_flag.touch() if status.epoch and status.epoch > 1 else None

endless = {**values, "max_epochs": 10_000, "patience": 0}
run, status = train(on_status=stop, executor="vmapped", **endless)
paths["stopped"] = [status.state, len(run.folds)]
print(json.dumps(paths))
"""

SMALL = {"sample_rate": 8_000, "n_mfcc": 13, "batch_size": 4, "max_epochs": 2, "learning_rate": 0.1}
DUMMY = {"model": "mfcc_dummy", "duration_s": 0.5, **SMALL}
CASES = {
    "network": {**DUMMY, "model": "mfcc_cnn", "duration_s": 1.0, "n_mfcc": 16}
    | {"batch_size": 6, "learning_rate": 1e-3},
    "waves": {**DUMMY, "model": "wave_dummy", "task": "multi", "seed": 1, "mixup": 0.4, "speed": 0.1},
    "weights": {**DUMMY, "task": "multi", "splits": "curated,noisy", "noisy_weight": 0.3, "curated_epochs": 1}
    | {"schedule": "cosine", "warmup_epochs": 1, "checkpoint": "average", "patience": 0, "max_epochs": 8},
    "uneven": {**DUMMY, "n_folds": 5, "monitor": "lwlrap", "patience": 1, "max_epochs": 3},
    "early stop": {**DUMMY, "n_folds": 3, "learning_rate": 1.0, "max_epochs": 12, "patience": 2},
}
EQUAL = sorted(set(CASES) - {"uneven"})


@dataclass(frozen=True)
class Trained:
    """What the training process left."""

    printed: dict

    def run(self, case: str, executor: str) -> Run:
        """The finished run of a case."""
        return Run(Path(self.printed[f"{case}, {executor}"]))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, write_set: Callable[..., Path]) -> Trained:
    """Both ways of all cases, trained in one process with Keras on JAX."""
    folder = tmp_path_factory.mktemp("vmapped")
    data = write_set(folder / "set")
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, str(data), str(folder), json.dumps(CASES)],
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT), "XLA_FLAGS": XLA_FLAGS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return Trained(json.loads(done.stdout.splitlines()[-1]))


def assert_same_predictions(path: Path, expected: Path) -> None:
    found, wanted = (pd.read_parquet(file).set_index("clip_id") for file in (path, expected))
    pd.testing.assert_frame_equal(found, wanted, atol=2e-3, rtol=0)


@needs_jax
@pytest.mark.parametrize("case", EQUAL)
def test_curves_are_those_of_folds_alone(case: str, trained: Trained) -> None:
    alone, together = (trained.run(case, executor).metrics() for executor in ("worker", "vmapped"))
    assert together.columns.tolist() == alone.columns.tolist()
    for name in alone.columns.drop(["clips_per_s", "seconds"]):
        np.testing.assert_allclose(together[name], alone[name], rtol=1e-3, atol=1e-4, err_msg=name)


@needs_jax
@pytest.mark.parametrize("case", EQUAL)
def test_predictions_are_those_of_folds_alone(case: str, trained: Trained) -> None:
    for name in ("oof.parquet", "test.parquet"):
        alone, together = (trained.run(case, executor).path / name for executor in ("worker", "vmapped"))
        assert_same_predictions(together, alone)


@needs_jax
def test_folds_stop_by_themselves(trained: Trained) -> None:
    lengths = trained.run("early stop", "vmapped").metrics().groupby("fold").size()
    assert lengths.min() < lengths.max()
    assert lengths.max() < CASES["early stop"]["max_epochs"]


@needs_jax
def test_folds_of_different_sizes_train(trained: Trained) -> None:
    """The last batch is cut to the fewest clips of a fold; every clip is still predicted."""
    run = trained.run("uneven", "vmapped")
    sizes = run.labels()["fold"].value_counts()
    assert sizes.min() < sizes.max()
    assert run.metrics()["fold"].nunique() == CASES["uneven"]["n_folds"]
    assert len(pd.read_parquet(run.path / "oof.parquet")) == len(run.labels())


@needs_jax
def test_files_are_those_of_folds_alone(trained: Trained) -> None:
    def names(executor: str) -> list[str]:
        path = trained.run("network", executor).path
        found = {file.relative_to(path) for file in path.rglob("*") if "tfevents" not in file.name}
        return sorted(map(str, found))

    assert names("vmapped") == names("worker")
    events = trained.run("network", "vmapped").path.glob("tensorboard/fold_*/*tfevents*")
    assert len(list(events)) == 2


@needs_jax
def test_a_resumed_run_trains_only_the_missing_fold(trained: Trained) -> None:
    state, kept_the_other, path = trained.printed["resumed"]
    assert (state, kept_the_other) == ("finished", True)
    assert_same_predictions(Path(path) / "oof.parquet", Path(path) / "oof_before.parquet")


@needs_jax
def test_a_stop_is_honoured(trained: Trained) -> None:
    assert trained.printed["stopped"] == ["cancelled", 0]


@pytest.mark.parametrize(
    ("backend", "has_jax", "found"),
    [("tensorflow", True, "with Keras on tensorflow"), ("jax", False, "without the package 'jax'")],
)
def test_without_jax(
    backend: str,
    has_jax: bool,
    found: str,
    new_run: Callable[..., Run],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is said before the run is made; or when its worker starts, before anything is prepared."""

    def set_up(backend: str, has_jax: bool) -> None:
        monkeypatch.setenv("KERAS_BACKEND", backend)
        monkeypatch.setattr(
            "fsat_core.training.executors.find_spec", lambda name: object() if has_jax else None
        )

    expected = (
        rf"^Executor 'vmapped' {found}: expected Keras on JAX\. Set KERAS_BACKEND=jax and `pip install jax`"
    )
    set_up(backend, has_jax)
    with pytest.raises(ConfigError, match=expected):
        new_run("mfcc_dummy", executor="vmapped")
    assert not settings.runs_dir.exists()

    set_up("jax", has_jax=True)
    run = new_run("mfcc_dummy", executor="vmapped")
    set_up(backend, has_jax)
    status = run_worker(run, settings)
    assert status.state == "failed"
    assert found in status.error
    assert not (settings.cache_dir / "features").exists()
