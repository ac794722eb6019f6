"""Creating a run directory: everything the worker needs is pinned in it before it starts."""

import secrets
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset import Dataset, split_labels
from fsat_core.embedding import YAMNET
from fsat_core.errors import ConfigError, RunError
from fsat_core.files import why_unwritable, write_atomically, write_json
from fsat_core.labels import LabelStore, load_label_set
from fsat_core.runs.listing import find_run
from fsat_core.runs.predictions import load_oof
from fsat_core.runs.records import DatasetRecord
from fsat_core.runs.run import DENIED_FILE, Run
from fsat_core.settings import Settings
from fsat_core.training.executors import check_executor
from fsat_core.training.folds import LabelledClips, pin_labels
from fsat_core.training.sample_weights import sample_weights


def create_run(
    settings: Settings, dataset: Dataset, catalogue: pd.DataFrame, config: TrainConfig, copied_from: str = ""
) -> Run:
    """Pin labels, folds, classes and features of a new run. Nothing is started.

    Clips that cannot be read are listed in `skipped.csv` with the reason. `copied_from` names the run whose
    configuration this one began with.

    Raises
    ------
    ConfigError, RunError
        As for `plan_run`; or if `settings.runs_dir` or `settings.cache_dir` cannot be written.
    """
    pinned = plan_run(settings, catalogue, config)
    if reason := why_unwritable(settings.cache_dir):
        raise RunError(
            f"No features can be kept in {settings.cache_dir} ({reason}): expected a folder that can be "
            "written. Mend it, or set FSAT_CACHE_DIR to another one."
        )
    aside = _new_folder(settings.runs_dir)
    try:
        _pin(aside, dataset, catalogue, config, pinned, copied_from)
        return Run(_put_in_place(aside, config.model))
    except OSError as error:
        raise _cannot_make(settings.runs_dir, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _pin(
    path: Path,
    dataset: Dataset,
    catalogue: pd.DataFrame,
    config: TrainConfig,
    pinned: LabelledClips,
    copied_from: str,
) -> None:
    unreadable = catalogue[catalogue["error"] != ""]
    skipped = unreadable[unreadable["split"].isin([*config.splits, "test"])]
    test = catalogue[(catalogue["split"] == "test") & (catalogue["error"] == "")]
    write_atomically(path / "labels.csv", pinned.table.to_csv(index=False))
    write_atomically(path / "test_clips.csv", test[["clip_id"]].to_csv(index=False))
    write_atomically(path / "skipped.csv", skipped[["clip_id", "error"]].to_csv(index=False))
    write_json(path / "classes.json", pinned.classes)
    write_json(path / "features.json", config.feature_spec.to_json())
    num_rows = {"labels.csv": len(pinned.table), "test_clips.csv": len(test)}
    if len(pinned.denied):
        write_atomically(path / DENIED_FILE, pinned.denied.to_csv(index=False))
        num_rows[DENIED_FILE] = len(pinned.denied)
    record = DatasetRecord(
        data_dir=str(dataset.root), warnings=pinned.warnings, num_rows=num_rows, copied_from=copied_from
    )
    write_json(path / "dataset.json", record.model_dump())
    config.save(path / "config.json")


def plan_run(settings: Settings, catalogue: pd.DataFrame, config: TrainConfig) -> LabelledClips:
    """The clips of a run with their folds and sample weights (column `weight`). Nothing is written.

    Raises
    ------
    ConfigError
        If there are too few clips for the configuration, the runs to agree with predicted none of them, the
        executor is not possible here, or the pretrained network that the configured one builds on is not.
    RunError
        If a run to agree with is not there, or has no predictions.
    LabelError
        If there is no such label set.
    """
    check_executor(config)
    check_pretrained(config, settings.cache_dir)
    if config.label_set:
        catalogue = _with_label_set(settings, catalogue, config.label_set)
    pinned = pin_labels(catalogue, config)
    earlier = [load_oof(find_run(settings.runs_dir, run_id), with_noisy=True) for run_id in config.agree_with]
    weights, notes = sample_weights(pinned, config, earlier)
    table = pinned.table.assign(weight=weights)
    return replace(pinned, table=table, warnings=[*pinned.warnings, *notes])


def check_pretrained(config: TrainConfig, cache_dir: Path) -> None:
    """Refuse a network that builds on a pretrained one whose weights are not in the cache folder.

    Raises
    ------
    ConfigError
    """
    if config.needs_embeddings and not YAMNET.is_here(cache_dir):
        raise ConfigError(
            f"{config.model} as configured builds on {YAMNET.name}, which is not on this machine yet: "
            f"expected its weights in {cache_dir / 'pretrained'}. Run `fsat pretrained` once, or choose "
            "another network or recipe."
        )


def _with_label_set(settings: Settings, catalogue: pd.DataFrame, name: str) -> pd.DataFrame:
    """The catalogue with the labels of a label set; clips outside the set get no labels."""
    with LabelStore.open(settings.database_url) as store:
        chosen = load_label_set(store, name).set_index("clip_id")
    labels, denied = (catalogue["clip_id"].map(chosen[column]).fillna("") for column in ("labels", "denied"))
    num_labels = [len(split_labels(text)) for text in labels]
    return catalogue.assign(labels=labels, denied=denied, num_labels=num_labels)


def _new_folder(runs_dir: Path) -> Path:
    """A hidden folder, in which a run is made whole before anybody sees it."""
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        aside = runs_dir / f".new-{secrets.token_hex(8)}"
        aside.mkdir()
        return aside
    except OSError as error:
        raise _cannot_make(runs_dir, error) from error


def _put_in_place(aside: Path, model: str) -> Path:
    """Give a new run its name; two that are made within a second have other digits."""
    while True:
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{model}-{secrets.token_hex(2)}"
        if not (path := aside.with_name(name)).exists():
            return aside.rename(path)


def _cannot_make(runs_dir: Path, error: OSError) -> RunError:
    return RunError(
        f"Cannot make a run in {runs_dir} ({error.strerror or error}): expected a folder with free space "
        "that can be written. Mend it, or choose another one with --runs or FSAT_RUNS_DIR."
    )
