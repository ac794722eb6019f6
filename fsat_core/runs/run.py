"""Reading a run directory."""

import json
import time
from functools import cached_property
from pathlib import Path

import pandas as pd

from fsat_core.audio.features import FeatureSpec
from fsat_core.config.train_config import TrainConfig
from fsat_core.errors import ConfigError, RunError
from fsat_core.runs.status import RunStatus, is_alive
from fsat_core.text import shorten

METRICS = ("loss", "accuracy", "lwlrap", "val_loss", "val_accuracy", "val_lwlrap", "clips_per_s")
_START_GRACE_S = 30.0
_MOST_BYTES = 255  # of a file name; asking for a longer one is an error of its own


class Run:
    """One training run, read from its directory. Facts that never change are read once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """Name of the run: date, time, model and four random digits."""
        return self.path.name

    @cached_property
    def config(self) -> TrainConfig:
        """What the run computes."""
        return TrainConfig.load(self.path / "config.json")

    @cached_property
    def classes(self) -> list[str]:
        """The order of the network's outputs."""
        return list(self._read_json("classes.json"))

    @cached_property
    def feature_spec(self) -> FeatureSpec:
        """What turns audio into the network's input."""
        return FeatureSpec.from_json(self._read_json("features.json"))

    @cached_property
    def data_dir(self) -> Path:
        """The data set that the run was started on."""
        return Path(self._read_json("dataset.json")["data_dir"])

    @property
    def warnings(self) -> list[str]:
        """What the user should know of the pinned labels, a line each."""
        return list(self._read_json("dataset.json")["warnings"])

    def labels(self) -> pd.DataFrame:
        """The pinned labels, less the skipped clips: columns `clip_id, labels, fold, weight`."""
        labels = self._without_skipped(self._read_csv("labels.csv"))
        return labels if "weight" in labels else labels.assign(weight=1.0)  # a run older than weights

    def test_clips(self) -> list[str]:
        """`clip_id` of the test clips, in the order of `test.npy`."""
        return self._without_skipped(self._read_csv("test_clips.csv"))["clip_id"].tolist()

    def skipped(self) -> pd.DataFrame:
        """Clips left out because their file cannot be read: columns `clip_id, error`."""
        return self._read_csv("skipped.csv")

    def _without_skipped(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[~table["clip_id"].isin(self.skipped()["clip_id"])].reset_index(drop=True)

    @property
    def status(self) -> RunStatus:
        """What the worker last wrote; a queued status before it wrote anything."""
        return RunStatus.load(self.path / "status.json") or RunStatus(
            num_folds=self.config.n_folds, max_epochs=self.config.max_epochs, message="Starting"
        )

    @property
    def state(self) -> str:
        """The worker's state, or `lost` where it ended without saying so."""
        status = RunStatus.load(self.path / "status.json")
        if status is None:
            return "queued" if time.time() - self._launched_at() < _START_GRACE_S else "lost"
        if status.is_terminal or is_alive(status):
            return status.state
        return "cancelled" if self.stop_requested else "lost"

    def _launched_at(self) -> float:
        """When its worker was started, else when it was created; 0 for a run that has just been deleted."""
        launched = self.log_path if self.log_path.exists() else self.path / "config.json"
        try:
            return launched.stat().st_mtime
        except FileNotFoundError:
            return 0.0

    @property
    def is_active(self) -> bool:
        """True while a worker waits, prepares or trains."""
        return self.state in ("queued", "preparing", "training")

    @property
    def stop_flag(self) -> Path:
        """The file whose presence asks the worker to stop."""
        return self.path / "stop"

    @property
    def stop_requested(self) -> bool:
        """True once somebody asked the run to stop."""
        return self.stop_flag.exists()

    @property
    def log_path(self) -> Path:
        """What the worker printed."""
        return self.path / "worker.log"

    def fold_dir(self, fold: int) -> Path:
        """Folder of one fold."""
        return self.path / f"fold_{fold:02d}"

    @property
    def folds(self) -> list[int]:
        """Folds whose training is complete, whatever state the run is in."""
        return [k for k in range(self.config.n_folds) if (self.fold_dir(k) / "oof.npy").is_file()]

    def metrics(self) -> pd.DataFrame:
        """Learning curves: one row per fold and epoch, columns `fold, epoch` and `METRICS`."""
        tables = []
        for fold in range(self.config.n_folds):
            try:
                tables.append(pd.read_csv(self.fold_dir(fold) / "metrics.csv").assign(fold=fold))
            except FileNotFoundError:  # no epoch of it is done yet, or a new attempt has just begun
                continue
            except ValueError as error:
                raise self._damaged(f"fold_{fold:02d}/metrics.csv", error) from error
        columns = ["fold", "epoch", *METRICS]
        if not tables:
            return pd.DataFrame(columns=columns)
        metrics = pd.concat(tables, ignore_index=True)
        if missing := sorted(set(columns) - set(metrics.columns)):
            raise self._damaged(f"metrics.csv of a fold (no column {missing[0]})", KeyError(missing[0]))
        return metrics[columns]

    @property
    def scores(self) -> dict[str, float] | None:
        """Out-of-fold `lwlrap` and `accuracy`; None until the run has finished."""
        return self._read_json("scores.json") if (self.path / "scores.json").is_file() else None

    def log_tail(self, num_lines: int = 50) -> str:
        """The last lines of the worker's log; "" where there is none."""
        if (
            self.log_path.is_symlink() or not self.log_path.is_file()
        ):  # a link would show any file of the server
            return ""
        with self.log_path.open("rb") as log:
            log.seek(max(0, self.log_path.stat().st_size - 400 * num_lines))
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-num_lines:])

    def _read_json(self, name: str) -> dict:
        try:
            return json.loads((self.path / name).read_text())
        except (OSError, ValueError) as error:
            raise self._damaged(name, error) from error

    def _read_csv(self, name: str) -> pd.DataFrame:
        try:
            return pd.read_csv(self.path / name, keep_default_na=False, dtype={"clip_id": str, "labels": str})
        except (OSError, ValueError) as error:
            raise self._damaged(name, error) from error

    def _damaged(self, name: str, error: Exception) -> RunError:
        return RunError(
            f"Run '{self.run_id}' is not complete: {name} cannot be read ({type(error).__name__}). "
            "Restore that file, or train again."
        )


def list_runs(runs_dir: Path) -> list[Run]:
    """All runs in a folder, newest first.

    Hidden folders, and those without a readable `config.json`, are passed over.
    """
    if not runs_dir.is_dir():
        return []
    paths = sorted(runs_dir.iterdir(), key=lambda path: path.name, reverse=True)
    return [run for run in map(Run, paths) if not _is_hidden(run.run_id) and _has_config(run)]


def _is_name(run_id: str) -> bool:
    """Whether a folder in a runs folder can have this name, which may come from an address."""
    is_short = len(run_id.encode(errors="replace")) <= _MOST_BYTES
    return bool(run_id) and is_short and Path(run_id).name == run_id and not _is_hidden(run_id)


def _is_hidden(run_id: str) -> bool:
    return run_id.startswith(".")  # a run that is being deleted, or no run at all


def _has_config(run: Run) -> bool:
    try:
        return bool(run.config)
    except ConfigError:
        return False


def find_run(runs_dir: Path, run_id: str) -> Run:
    """The run of that name.

    Raises
    ------
    RunError
        If there is none; the message names the latest runs.
    """
    if _is_name(run_id) and (runs_dir / run_id / "config.json").is_file():
        return Run(runs_dir / run_id)
    known = [run.run_id for run in list_runs(runs_dir)]
    there = f"the latest are {', '.join(known[:3])}" if known else "there are none yet"
    raise RunError(
        f"No run '{shorten(run_id)}' in {runs_dir}: {there}. List them with `python -m fsat_core runs`."
    )
