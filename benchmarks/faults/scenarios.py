"""What is done while a call fails: labelling with a board, and training a run."""

import os
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from fsat_core.errors import FsatError

if TYPE_CHECKING:  # imported after the fork's parent has set what the frameworks read
    from fsat_core.labels import LabelStore
    from fsat_core.labels.board.inbox import Inbox

Operation = dict[str, object]  # as a board sends it

TINY = {
    "sample_rate": 8_000,
    "duration_s": 0.5,
    "n_mfcc": 13,
    "batch_size": 4,
    "max_epochs": 2,
    "n_folds": 2,
}
NUM_TURNS = 7  # of labelling
_TRIES = 5
# What a training imports when it comes to it: seconds for each process that is forked.
_IMPORTED_LATE = (
    "iterstrat.ml_stratifiers",
    "sklearn.model_selection",
    "tensorboard.summary",
    "tf2onnx.tfonnx",
)
# What tells when and by whom, and not what came out.
_OF_THE_MOMENT = ("status.json", "progress.json", "worker.log", ".lock", "members.onnx")


class Scenario(ABC):
    """Work on a folder that can be taken up again: `work` on a folder in any state of it ends it."""

    name: ClassVar[str]
    GAVE_UP: ClassVar[int] = 3  # exit status where the work ended with a line that says why

    @abstractmethod
    def warm_up(self) -> None:
        """Import what the work needs, once for all that are forked."""

    @abstractmethod
    def prepare(self, folder: Path) -> None:
        """Write what there is before the work."""

    @abstractmethod
    def work(self, folder: Path) -> None:
        """Do it, or what is left of it. Exits with `GAVE_UP` where it cannot be done just now."""

    @abstractmethod
    def outcome(self, folder: Path) -> dict[str, bytes]:
        """What came of it, by name."""


class Labelling(Scenario):
    """A board sends decisions, also batches and their undoing, until each is answered; in some turns."""

    name = "labelling"
    CLIPS = tuple(f"curated/{number}.wav" for number in range(6))

    def __init__(self, num_turns: int = NUM_TURNS) -> None:
        self._num_turns = num_turns

    def warm_up(self) -> None:
        """The database's library takes a second to import."""
        import fsat_core.labels.board.inbox  # noqa: F401

    def prepare(self, folder: Path) -> None:
        """A label database with a queue."""
        from fsat_core.labels import LabelStore, Queue, save_queue

        folder.mkdir()
        with LabelStore.open(_address(folder)) as store:
            clips = pd.DataFrame({"clip_id": self.CLIPS, "reason": ""})
            save_queue(store, Queue(None, "Random", "random", {"limit": 6}, "", clips))

    def work(self, folder: Path) -> None:
        """Send everything, and again what was not answered."""
        from fsat_core.labels import LabelStore, load_queue
        from fsat_core.labels.board.inbox import Inbox

        try:
            with LabelStore.open(_address(folder), patience_s=1.0) as store:
                inbox = Inbox(store, lambda queue: load_queue(store, queue), ("Bark", "Meow"))
                for message in self._messages():
                    _send(inbox, store, message)
        except FsatError as error:
            print(error)
            raise SystemExit(self.GAVE_UP) from error

    def _messages(self) -> Iterator[list[Operation]]:
        def decision(token: str, at: int, action: str, labels: str = "", batch: str = "") -> Operation:
            clip = {"clip_id": self.CLIPS[at], "previous": "Bark", "at": at}
            return _operation(token, action, labels=labels, batch=batch, run="", **clip)

        for turn in range(self._num_turns):
            t, b = f"t{turn}-", f"b{turn}-"
            yield [decision(f"{t}0", 0, "accept", "Bark")]
            yield [decision(f"{t}1", 1, "relabel", "Meow"), decision(f"{t}2", 2, "unsure")]
            yield [_operation(f"{t}3", "undo", undoes=f"{t}1", at=[])]
            yield [decision(f"{b}{at}", at, "remove", batch=f"batch{turn}") for at in (3, 4, 5)]
            undo = _operation(f"{t}4", "undo", undoes=f"{b}4", at=[])
            yield [undo, decision(f"{t}5", 5, "relabel", "Bark,Meow")]

    def outcome(self, folder: Path) -> dict[str, bytes]:
        """The decisions, without their ids and times."""
        from fsat_core.labels import LabelStore

        with LabelStore.open(_address(folder)) as store:
            table = store.decisions()
        undone = table.set_index("id")["token"].reindex(table["undoes"]).fillna("").to_list()
        rows = table.drop(columns=["id", "created_at", "undoes"]).assign(undoes=undone)
        # The mark of an undo is drawn at random.
        rows.loc[rows["action"] == "undo", ["token", "batch"]] = ""
        return {"decisions": rows.to_csv(index=False).encode()}


def _operation(token: str, action: str, **more: object) -> Operation:
    return {"token": token, "queue": 1, "annotator": "ann", "action": action, **more}


def _send(inbox: "Inbox", store: "LabelStore", message: list[Operation]) -> None:
    """As a board does: again and again, until everything in the message has been answered."""
    for _ in range(_TRIES):
        receipt = inbox.take(message, store.decisions())
        if receipt.refused:
            raise RuntimeError(f"refused: {receipt.refused}")
        message = [item for item in message if item["token"] not in receipt.stored]
        if not message:
            return
    raise FsatError(receipt.error)


def _address(folder: Path) -> str:
    return f"sqlite:///{folder / 'labels.db'}"


class Training(Scenario):
    """A data set is scanned, a run is created and trained: two folds of a dummy, one after the other."""

    name = "training"

    def warm_up(self) -> None:
        """The framework takes seconds to import."""
        os.environ |= {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "TF_NUM_INTRAOP_THREADS": "1",
            "TF_NUM_INTEROP_THREADS": "1",
        }
        import fsat_core.training.create
        import fsat_core.training.export
        import fsat_core.training.fold
        import fsat_core.training.worker  # noqa: F401

        for name in _IMPORTED_LATE:
            import_module(name)

    def prepare(self, folder: Path) -> None:
        """A data set of three classes with test clips."""
        from benchmarks.sets.clips import make_clips
        from benchmarks.sets.kaggle_set import write_set

        classes = ("Bark", "Knock", "Meow")
        labels = [classes[number % 3] for number in range(9)]
        rows = [("curated", f"{number}.wav", label) for number, label in enumerate(labels)]
        rows += [("test", f"test_{number}.wav", "") for number in range(2)]
        table = pd.DataFrame(rows, columns=["split", "fname", "labels"])
        write_set(folder / "set", table, make_clips(len(rows), [0.5] * len(rows)), classes)

    def work(self, folder: Path) -> None:
        """Train the run that is there, or a new one."""
        from fsat_core.config.train_config import TrainConfig
        from fsat_core.dataset import open_dataset, scan
        from fsat_core.runs import list_runs
        from fsat_core.settings import Settings
        from fsat_core.training.create import create_run
        from fsat_core.training.worker import run_worker

        settings = Settings(folder / "set", folder / "runs", folder / "cache")
        try:
            runs = list_runs(settings.runs_dir)
            if not runs:
                dataset = open_dataset(settings.data_dir)
                config = TrainConfig.from_recipe("mfcc_dummy", "quick", **TINY)
                runs = [create_run(settings, dataset, scan(dataset, settings.cache_dir), config)]
            status = run_worker(runs[0], settings)
        except FsatError as error:
            print(error)
            raise SystemExit(self.GAVE_UP) from error
        if status.state != "finished":
            print(status.state, status.error)
            raise SystemExit(self.GAVE_UP)

    def outcome(self, folder: Path) -> dict[str, bytes]:
        """The files of the run, without those that tell when and by whom."""
        (config,) = (folder / "runs").glob("*/config.json")
        return outcome_of(config.parent)


def outcome_of(run_dir: Path) -> dict[str, bytes]:
    """The files of a run, without those that tell when and by whom."""
    files = {path.relative_to(run_dir).as_posix(): path for path in run_dir.rglob("*") if path.is_file()}
    return {
        name: _content(path)
        for name, path in sorted(files.items())
        if not name.endswith(_OF_THE_MOMENT) and not path.name.startswith(".") and "tensorboard" not in name
    }


def _content(path: Path) -> bytes:
    """What of a file must be the same each time."""
    if path.suffix == ".keras":  # a ZIP file, which holds the time at which it was written
        with zipfile.ZipFile(path) as archive:
            return archive.read("model.weights.h5")
    if path.name == "metrics.csv":
        table = pd.read_csv(path)
        return table.drop(columns=["clips_per_s", "seconds"]).to_csv().encode()
    if path.suffix == ".npz":
        with np.load(path) as arrays:
            return b"".join(arrays[name].tobytes() for name in sorted(arrays))
    return path.read_bytes()
