"""Reading a run directory."""

import io
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from fsat_core.audio.features import FeatureSpec
from fsat_core.config.train_config import TrainConfig, unknown_settings
from fsat_core.errors import ConfigError, RunError
from fsat_core.lock import LOCK_FILE, is_held
from fsat_core.models import NETWORKS
from fsat_core.runs.line import is_in_line, is_waiting
from fsat_core.runs.records import (
    CLASSES,
    OBJECT,
    DatasetRecord,
    Scores,
    UnreadableError,
    read_bytes,
    read_json,
)
from fsat_core.runs.status import ACTIVE_STATES, RunStatus, is_alive

GONE_FILE = "gone.csv"
DENIED_FILE = "denied.csv"
NO_FOLD = -1  # in `denied.csv`: no fold holds the source of this clip out
METRICS = ("loss", "accuracy", "lwlrap", "val_loss", "val_accuracy", "val_lwlrap", "clips_per_s")
PACE = ("seconds", "num_steps")  # of an epoch with its validation; older runs have neither
_UNSTARTED_S = 30.0  # a run that has just been created and that somebody is about to start
_REASON_LENGTH = 500

T = TypeVar("T")
_DATASET = TypeAdapter(DatasetRecord)
_SCORES = TypeAdapter(Scores)
_FEATURES = TypeAdapter(FeatureSpec)


class Run:
    """One training run, read from its directory. Facts that never change are read once.

    Whatever is read is checked: what is damaged is a RunError that names the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def run_id(self) -> str:
        """Name of the run: date, time, model and four random digits."""
        return self.path.name

    @cached_property
    def config(self) -> TrainConfig:
        """What the run computes."""
        values = self._read_json("config.json", OBJECT, "the settings of a run")
        model = values.get("model")
        if isinstance(model, str) and model not in NETWORKS:
            raise RunError(
                f"Run '{self.run_id}' is of the network '{model[:40]}', which is not known here: expected "
                f"{', '.join(NETWORKS)}. Use the program that trained it, or delete the run."
            )
        if unknown := unknown_settings(values):
            raise RunError(
                f"Run '{self.run_id}' is of another version of the program: config.json has the setting "
                f"'{unknown[0][:40]}', expected those of this version. Update the program, or delete the run."
            )
        try:
            return TrainConfig.from_values(values)
        except ConfigError as error:
            raise self._damaged("config.json", str(error).rstrip("."), "the settings of a run") from error

    @cached_property
    def classes(self) -> list[str]:
        """The order of the network's outputs."""
        return self._read_json("classes.json", CLASSES, "a list of class names")

    @cached_property
    def feature_spec(self) -> FeatureSpec:
        """What turns audio into the network's input."""
        expected = "what turns audio into features"
        try:
            spec = self._read_json("features.json", _FEATURES, expected)
        except ConfigError as error:
            raise self._damaged("features.json", str(error).rstrip("."), expected) from error
        if spec != self.config.feature_spec:
            raise self._damaged("features.json", "it does not fit config.json", expected)
        return spec

    @property
    def fault(self) -> str:
        """Why nothing can be done with the run, in a line; "" for a run that can be read."""
        try:
            _ = self.config, self.classes, self.feature_spec
        except RunError as error:
            return str(error)
        return ""

    @cached_property
    def dataset_record(self) -> DatasetRecord:
        """Where the data set was, and what was pinned of it."""
        return self._read_json("dataset.json", _DATASET, "the folder of the data set, and warnings")

    @property
    def data_dir(self) -> Path:
        """The data set that the run was started on."""
        return Path(self.dataset_record.data_dir)

    @property
    def warnings(self) -> list[str]:
        """What the user should know of the pinned labels, a line each."""
        return self.dataset_record.warnings

    def labels(self) -> pd.DataFrame:
        """The pinned labels, less the skipped clips: columns `clip_id, labels, fold, weight`."""
        table = self._read_csv("labels.csv", ("clip_id", "labels", "fold"))
        folds = pd.to_numeric(table["fold"], errors="coerce")
        if not folds.isin(range(self.config.n_folds)).all():
            raise self._damaged("labels.csv", "its folds are not those of config.json", "a clip in each row")
        table["fold"] = folds.astype(np.int64)
        weights = pd.to_numeric(table["weight"], errors="coerce") if "weight" in table else 1.0
        table["weight"] = weights  # a run older than weights has none
        if not table["weight"].between(0, 1).all():
            raise self._damaged("labels.csv", "it has a weight below 0 or above 1", "a clip in each row")
        self._check_length("labels.csv", table)
        return self._without_skipped(table)

    def test_clips(self) -> list[str]:
        """`clip_id` of the test clips, in the order of the table of the set."""
        table = self._read_csv("test_clips.csv", ("clip_id",))
        self._check_length("test_clips.csv", table)
        return self._without_skipped(table)["clip_id"].tolist()

    def denied(self) -> pd.DataFrame:
        """The pinned clips without a label of which classes are denied: columns `clip_id, denied, fold`.

        `fold` is the one that does not train on the clip, since it holds its source out; `NO_FOLD` where none
        does, and in runs that are older than this column.
        """
        if not (self.path / DENIED_FILE).exists():
            return pd.DataFrame({"clip_id": [], "denied": [], "fold": []}, dtype=str).astype(
                {"fold": np.int64}
            )
        table = self._read_csv(DENIED_FILE, ("clip_id", "denied"))
        table = table if "fold" in table else table.assign(fold=NO_FOLD)
        folds = pd.to_numeric(table["fold"], errors="coerce")
        if not folds.isin([NO_FOLD, *range(self.config.n_folds)]).all():
            raise self._damaged(DENIED_FILE, "its folds are not those of config.json", "a clip in each row")
        table["fold"] = folds.astype(np.int64)
        self._check_length(DENIED_FILE, table)
        return self._without_skipped(table)

    def skipped(self) -> pd.DataFrame:
        """Clips that the run never had, because their file cannot be read: columns `clip_id, error`."""
        return self._read_csv("skipped.csv", ("clip_id", "error"))

    def gone(self) -> pd.DataFrame:
        """Pinned clips that the last preparation missed: columns `clip_id, error`."""
        if not (self.path / GONE_FILE).exists():
            return pd.DataFrame({"clip_id": [], "error": []}, dtype=str)
        return self._read_csv(GONE_FILE, ("clip_id", "error"))

    def _check_length(self, name: str, table: pd.DataFrame) -> None:
        """Refuse a table of which rows are missing, as far as their number is known."""
        expected = None
        with suppress(RunError):  # where that is damaged, who needs the data set says so
            expected = self.dataset_record.num_rows.get(name)
        if expected is not None and len(table) != expected:
            raise self._damaged(name, f"it has {len(table):,} of {expected:,} rows", "a clip in each row")

    def _without_skipped(self, table: pd.DataFrame) -> pd.DataFrame:
        return table[~table["clip_id"].isin(self.skipped()["clip_id"])].reset_index(drop=True)

    @property
    def status(self) -> RunStatus:
        """What the worker last wrote; a queued status before it wrote anything, or where that is damaged."""
        if (status := RunStatus.load(self.path / "status.json")) is not None:
            return status
        waits = is_waiting(self.path)
        status = RunStatus(message="Waiting for another run" if waits else "Starting")
        with suppress(RunError):  # which `fault` says
            status.num_folds, status.max_epochs = self.config.n_folds, self.config.max_epochs
        return status

    @property
    def state(self) -> str:
        """The worker's state, `lost` where it ended without saying so, `damaged` for a run with a `fault`."""
        return "damaged" if self.fault else self._state_now()

    @property
    def is_active(self) -> bool:
        """True while a worker waits, prepares or trains."""
        return self._state_now() in ACTIVE_STATES

    @property
    def ended_state(self) -> str:
        """The state of a run that certainly has no worker, since its lock is held by who asks."""
        return self._state_of(is_in_line(self.path), has_worker=False)

    @property
    def has_worker(self) -> bool:
        """Whether a worker lives: whether it holds the run's lock; by its pid, if it is older than locks."""
        if is_held(self.lock_path):
            return True
        status = RunStatus.load(self.path / "status.json")
        if status is None or (self.lock_path.exists() and status.host == socket.gethostname()):
            return False
        return not status.is_terminal and is_alive(status)

    def _state_now(self) -> str:
        # The line first: a worker that begins meanwhile holds its lock before it leaves the line.
        in_line = is_in_line(self.path)
        return self._state_of(in_line, self.has_worker)

    def _state_of(self, in_line: bool, has_worker: bool) -> str:
        status = RunStatus.load(self.path / "status.json")
        if status is not None and status.is_terminal:
            return status.state
        if has_worker:
            return "queued" if status is None else status.state
        if in_line or (status is None and self._is_unstarted()):
            return "queued"
        return "cancelled" if self.stop_requested else "lost"

    def _is_unstarted(self) -> bool:
        """Whether nobody has started the run yet, and it is so new that somebody may be about to."""
        if self.log_path.exists() or self.lock_path.exists() or (self.path / "status.json").exists():
            return False
        try:
            return time.time() - (self.path / "config.json").stat().st_mtime < _UNSTARTED_S
        except OSError:  # deleted, or damaged
            return False

    @property
    def reason(self) -> str:
        """Why a run was lost, in a line: its status is damaged, or the last thing that its worker printed."""
        try:
            RunStatus.read(self.path / "status.json")
        except UnreadableError as error:
            if (self.path / "status.json").exists():
                return f"status.json cannot be read ({error})."
        if is_waiting(self.path):
            return "What starts the runs in line ended before its turn came."
        last = next((line for line in reversed(self.log_tail().splitlines()) if line.strip()), "")
        return f"The last line of its log: {last.strip()[:_REASON_LENGTH]}" if last else "Its log is empty."

    @property
    def lock_path(self) -> Path:
        """The file that its worker holds."""
        return self.path / LOCK_FILE

    @property
    def stop_flag(self) -> Path:
        """The file by which a user asks the worker to stop."""
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
        """Folder of one fold, which is there once the fold is complete."""
        return self.path / f"fold_{fold:02d}"

    def attempts(self, fold: int) -> list[Path]:
        """Folders in which a fold is being trained, or was when its worker was killed; the newest last."""
        found = [(_mtime(path), path) for path in self.path.glob(f".fold_{fold:02d}.*")]
        return [path for _, path in sorted(found)]

    def shown_dir(self, fold: int) -> Path:
        """Where the curves of a fold are: its own folder, or that of the newest attempt at it."""
        return next(reversed(self.attempts(fold)), self.fold_dir(fold))

    @property
    def folds(self) -> list[int]:
        """Folds whose training is complete, whatever state the run is in."""
        return [k for k in range(self.config.n_folds) if (self.fold_dir(k) / "oof.npy").is_file()]

    def metrics(self) -> pd.DataFrame:
        """Learning curves: one row per fold and epoch, columns `fold, epoch`, `METRICS` and `PACE`."""
        columns = ["epoch", *METRICS]
        tables = []
        for fold in range(self.config.n_folds):
            path = self.shown_dir(fold) / "metrics.csv"
            if not path.exists():  # no epoch of it is done yet, or a new attempt has just begun
                continue
            name = str(path.relative_to(self.path))
            table = self._read_csv(name, columns, key="epoch")
            table = table.reindex(columns=[*columns, *PACE], fill_value="")
            numbers = table.apply(pd.to_numeric, errors="coerce")
            if (numbers.isna() & ~table.isin(["", "nan", "NaN"])).any(axis=None) or numbers[
                "epoch"
            ].isna().any():
                raise self._damaged(name, "it holds something else than numbers", "an epoch in each row")
            tables.append(numbers.astype({"epoch": np.int64}).assign(fold=fold))
        if not tables:
            return pd.DataFrame(columns=["fold", *columns, *PACE])
        return pd.concat(tables, ignore_index=True)[["fold", *columns, *PACE]]

    @property
    def scores(self) -> dict[str, float] | None:
        """Out-of-fold `lwlrap` and `accuracy`; None until the run has finished."""
        if not (self.path / "scores.json").exists():
            return None
        return self._read_json("scores.json", _SCORES, "lwlrap and accuracy, 0 to 1").model_dump()

    def log_tail(self, num_lines: int = 50) -> str:
        """The last lines of the worker's log; "" where there is none."""
        try:
            # A link would show any file of the server.
            if self.log_path.is_symlink() or not self.log_path.is_file():
                return ""
            with self.log_path.open("rb") as log:
                log.seek(max(0, self.log_path.stat().st_size - 400 * num_lines))
                text = log.read().decode(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-num_lines:])

    def _read_json(self, name: str, model: TypeAdapter[T], expected: str) -> T:
        try:
            return read_json(self.path / name, model)
        except UnreadableError as error:
            raise self._damaged(name, str(error), expected) from error

    def _read_csv(self, name: str, columns: Sequence[str], key: str = "clip_id") -> pd.DataFrame:
        """A table as text; `key` is the column whose values are all there, and each once."""
        expected = ", ".join(columns)
        try:
            content = read_bytes(self.path / name)
            table = pd.read_csv(io.BytesIO(content), keep_default_na=False, dtype=str)
        except UnreadableError as error:
            raise self._damaged(name, str(error), expected) from error
        except ValueError as error:
            raise self._damaged(
                name, "it is no table" if content.strip() else "it is empty", expected
            ) from error
        if not isinstance(table.index, pd.RangeIndex):
            raise self._damaged(name, "its rows are longer than its header", expected)
        if missing := [column for column in columns if column not in table]:
            raise self._damaged(name, f"it has no column '{missing[0]}'", expected)
        if (table[key] == "").any():
            raise self._damaged(name, "a row of it is cut", expected)
        if table[key].duplicated().any():
            raise self._damaged(
                name, f"it has '{table[key][table[key].duplicated()].iloc[0]}' twice", expected
            )
        return table

    def _damaged(self, name: str, reason: str, expected: str) -> RunError:
        return RunError(
            f"Run '{self.run_id}' is damaged: {name} cannot be read ({reason}); expected {expected}. "
            "Restore that file, or delete the run."
        )


def _mtime(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
