"""Training on labels that are partly wrong: what is pinned, who judges, and which clips count."""

import shutil
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import ConfigError, RunError
from fsat_core.evaluation import score
from fsat_core.runs import Run
from fsat_core.runs.predictions import load_oof
from fsat_core.settings import Settings
from fsat_core.training.fold import train_fold
from fsat_core.training.worker import run_worker

NewRun = Callable[..., Run]
BOTH = ("curated", "noisy")


def finish(run: Run, settings: Settings) -> Run:
    assert run_worker(run, settings).state == "finished", run.status.error
    return run


def rewrite_oof(run: Run, clip_id: str, values: list[float]) -> None:
    """Let the run say something else of one clip."""
    path = run.path / "oof.parquet"
    table = pd.read_parquet(path)
    table.loc[table["clip_id"] == clip_id, run.classes] = np.array(values, dtype=np.float32)
    table.to_parquet(path, index=False)


def test_a_run_on_both_splits_is_judged_by_its_curated_clips(settings: Settings, new_run: NewRun) -> None:
    run = finish(new_run(splits=BOTH), settings)
    everything, judged = load_oof(run, with_noisy=True), load_oof(run)
    assert {clip_id.partition("/")[0] for clip_id in everything.clip_ids} == set(BOTH)
    assert {clip_id.partition("/")[0] for clip_id in judged.clip_ids} == {"curated"}
    assert run.scores is not None
    assert run.scores["lwlrap"] == pytest.approx(score(judged).lwlrap)
    assert len(pd.read_parquet(run.path / "oof.parquet")) == len(run.labels())


def test_a_run_on_noisy_clips_alone_is_judged_by_them(settings: Settings, new_run: NewRun) -> None:
    run = finish(new_run(splits=("noisy",)), settings)
    assert len(load_oof(run).clip_ids) == 4


def test_labels_that_an_earlier_run_finds_wrong_are_left_out(
    settings: Settings, new_run: NewRun, finished_runs: dict[str, Run]
) -> None:
    source = finished_runs["mfcc_dummy"].path
    first = Run(Path(shutil.copytree(source, settings.runs_dir / source.name)))
    doubted = "curated/bark_1.wav"
    for clip_id in load_oof(first).clip_ids:
        rewrite_oof(first, clip_id, [1 / 3] * 3)
    rewrite_oof(first, doubted, [0.05, 0.05, 0.9])
    second = new_run(agree_with=(first.run_id,))
    labels = second.labels().set_index("clip_id")
    assert labels.index[labels["weight"] == 0].tolist() == [doubted]
    assert any("1 of 12 clips are left out" in line for line in second.warnings)
    finish(second, settings)
    assert doubted in load_oof(second).clip_ids  # it is still predicted by the fold that holds it out


def test_a_wrong_label_is_not_trained_on(settings: Settings, new_run: NewRun) -> None:
    """With its only two barks left out, a fold's network holds barks unlikely; with them, it does not."""
    run = new_run(n_folds=2, max_epochs=30, batch_size=4)
    path = run.path / "labels.csv"
    labels = pd.read_csv(path)
    barks = labels["labels"] == "Bark"
    probabilities = []
    for weight in (1.0, 0.0):
        labels.assign(weight=np.where(barks, weight, 1.0)).to_csv(path, index=False)
        train_fold(run.path, settings.cache_dir, 0)
        held_out = labels.loc[labels["fold"] == 0, "labels"].to_numpy()
        oof = np.load(run.fold_dir(0) / "oof.npy")
        probabilities.append(oof[held_out == "Bark", run.classes.index("Bark")].mean())
    assert probabilities[1] < probabilities[0] / 2


def test_a_fold_without_a_trusted_clip_says_so(settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    path = run.path / "labels.csv"
    pd.read_csv(path).assign(weight=0.0).to_csv(path, index=False)
    with pytest.raises(RunError, match="Fold 0: no clip to train on is trusted"):
        train_fold(run.path, settings.cache_dir, 0)


def test_unknown_and_unfinished_judges_are_errors(settings: Settings, new_run: NewRun) -> None:
    with pytest.raises(RunError, match="No run 'nobody'"):
        new_run(agree_with=("nobody",))
    unfinished = new_run()
    with pytest.raises(RunError, match=r"has no oof\.parquet"):
        new_run(agree_with=(unfinished.run_id,))


def test_curated_epochs_need_both_splits(new_run: NewRun) -> None:
    with pytest.raises(ConfigError, match="curated_epochs need both splits"):
        new_run(curated_epochs=1, max_epochs=2)


def test_the_last_epochs_need_a_trusted_curated_clip(settings: Settings, new_run: NewRun) -> None:
    run = new_run(splits=BOTH, max_epochs=2, curated_epochs=1)
    path = run.path / "labels.csv"
    labels = pd.read_csv(path)
    labels.assign(weight=labels["clip_id"].str.startswith("noisy/") * 1.0).to_csv(path, index=False)
    with pytest.raises(RunError, match="no curated clip to train on is trusted"):
        train_fold(run.path, settings.cache_dir, 0)


@pytest.mark.parametrize("monitor", ["loss", "lwlrap"])
def test_what_is_saved_follows_the_figure_that_is_asked_for(
    settings: Settings, new_run: NewRun, monitor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves: list[Path] = []

    def save(self: keras.Model, path: Path, *args: object, **kwargs: object) -> None:
        saves.append(path)
        keras.saving.save_model(self, path, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "save", save)
    run = new_run(max_epochs=6, patience=0, learning_rate=0.3, seed=1, monitor=monitor)
    train_fold(run.path, settings.cache_dir, 0)
    metrics = run.metrics()
    # Each epoch that is better than all before it is saved.
    records = {
        "loss": len(set(np.minimum.accumulate(metrics["val_loss"]))),
        "lwlrap": len(set(np.maximum.accumulate(metrics["val_lwlrap"]))),
    }
    assert records["loss"] != records["lwlrap"]  # else the test would prove nothing
    assert len(saves) == records[monitor]
