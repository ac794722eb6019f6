"""Every file of a finished run damaged in every way, and what pages and commands make of it.

    python -m benchmarks.faults.damaged_runs

does all of it, with every page. A damage is mended by resuming the run, or it is one line, and the run is
listed and can be deleted.
"""

import contextlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.faults.scenarios import Training
from fsat_core.cli import main
from fsat_core.errors import FsatError
from fsat_core.runs import Run, delete_run, find_run, list_runs, resume
from fsat_core.settings import Settings

FOLD_FILES = (
    *("best.keras", "statistics.npz", "metrics.csv", "progress.json", "predictions.csv", "clips.json"),
    *("oof.npy", "test.npy"),
)
FILES = (
    *("config.json", "dataset.json", "classes.json", "features.json", "labels.csv", "test_clips.csv"),
    *("skipped.csv", "gone.csv", "status.json", "scores.json", "notes.json", "oof.parquet", "test.parquet"),
    *("members.onnx", "worker.log", "worker.lock", "fold_00", "tensorboard"),
    *(f"fold_01/{name}" for name in FOLD_FILES),
)
WAYS = ("deleted", "half", "empty", "folder", "other")
PAGES = {"explore": {}, "train": {"run"}, "evaluate": {"evaluate"}, "predict": {"runs"}, "label": {}}
_PYTHON = re.compile(r"Traceback|\b[A-Z]\w*(Error|Exception)\b|Errno|object at 0x")


@dataclass(frozen=True)
class Damage:
    """One file of a run, and what becomes of it."""

    name: str
    way: str

    def __str__(self) -> str:
        """The name of a test."""
        return f"{self.name}-{self.way}"


def all_damages() -> list[Damage]:
    """Each file in each way; arrays also full of NaN, and pickled."""
    arrays = [name for name in FILES if name.endswith(".npy")]
    found = [Damage(name, way) for name in FILES for way in WAYS]
    return found + [Damage(name, way) for name in arrays for way in ("nan", "pickle")]


def damage(run: Run, what: Damage) -> None:
    """Do it to a run."""
    path = run.path / what.name
    content = path.read_bytes() if path.is_file() else b"x" * 100
    shape = np.load(path).shape if path.suffix == ".npy" else (1,)
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if what.way == "folder":
        path.mkdir()
    elif what.way == "half":
        path.write_bytes(content[: len(content) // 2])
    elif what.way == "empty":
        path.touch()
    elif what.way == "other":
        _write_other(path)
    elif what.way == "nan":
        np.save(path, np.full(shape, np.nan, dtype=np.float32))
    elif what.way == "pickle":
        np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


def _write_other(path: Path) -> None:
    """Something of the same format that is not what the file is for."""
    if path.suffix == ".json":
        values = {"state": 5, "lwlrap": "high", "data_dir": 7, "model": 3, "oof": 1, "epoch": "x", "note": []}
        path.write_text(json.dumps(values))
    elif path.suffix == ".csv":
        path.write_text("a,b\n1,2\n")
    elif path.suffix == ".npy":
        np.save(path, np.zeros((2, 7), dtype=np.float32))
    elif path.suffix == ".npz":
        np.savez(path, other=np.zeros(3))
    elif path.suffix == ".parquet":
        pd.DataFrame({"x": ["a"]}).to_parquet(path)
    else:
        path.write_bytes(bytes(range(256)))


def faults_of_commands(run: Run, whole: Run, clip: Path) -> Iterator[str]:
    """What is wrong with what commands say of a damaged run, with a whole one beside it."""
    run_id = run.run_id
    listed = {row["run_id"] for row in json.loads(_call("runs", "--json")[1] or "[]")}
    if listed != {run_id, whole.run_id}:
        yield f"runs lists {listed}"
    for words in (
        ("runs",),
        ("runs", "--csv", str(run.path.parent.parent / "table.csv")),
        ("runs", "show", run_id),
        ("runs", "log", run_id),
        ("runs", "diff", run_id, whole.run_id),
        ("note", run_id),
        ("evaluate", "--run", run_id, whole.run_id),
        ("diagnose", run_id),
        ("compare", run_id, whole.run_id),
        ("suspects", "--run", run_id),
        ("predict", str(clip)),
        ("predict", str(clip), "--run", run_id),
        ("submit", "--run", run_id, "--out", str(run.path.parent.parent / "submission.csv")),
        ("train", "--like", run_id, "--plan"),
        ("queues", "make", "disagreement", "--run", run_id),
        ("delete", run_id),
    ):
        status, out, err = _call(*words)
        lines = [line for line in err.splitlines() if line.startswith("fsat_core: ")]
        if status not in (0, 2) or (status == 2 and not lines):
            yield f"{' '.join(words)}: status {status}: {err[-300:]}"
        if found := _PYTHON.search(out + err):
            yield f"{' '.join(words)}: says {found[0]}: {(out + err)[max(found.start() - 150, 0) :][:300]}"


def _call(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(words)
        except BaseException as error:  # whatever comes through is what this looks for
            return 99, out.getvalue(), f"{err.getvalue()}\nTraceback: {error!r}"
    return status, out.getvalue(), err.getvalue()


def faults_of_pages(run: Run, pages: Sequence[str] = tuple(PAGES)) -> Iterator[str]:
    """What pages raise when this run is in view."""
    import streamlit as st
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.testing.v1 import AppTest

    create = PagesManager.__init__

    def create_visited(self: PagesManager, *args: object, **kwargs: object) -> None:
        create(self, *args, **kwargs)  # type: ignore[arg-type]
        PagesManager.uses_pages_directory = False

    with patch.object(PagesManager, "__init__", create_visited), patch.object(sys, "argv", sys.argv[:1]):
        for page in pages:
            st.cache_resource.clear()
            app = AppTest.from_file(Path(__file__).parents[2] / "app.py", default_timeout=120)
            for parameter in PAGES[page]:
                app.query_params[parameter] = run.run_id
            if page != "explore":
                app.switch_page(f"pages/{page}.py")
            app.run()
            for error in app.exception:
                yield f"{page}: {error.message}"
            for said in (*app.error, *app.warning):
                if found := _PYTHON.search(said.value):
                    yield f"{page}: says {found[0]}: {said.value[:300]}"


def mend(run: Run, settings: Settings) -> str:
    """Resume a damaged run, or delete it where that does not help; why not, or "" for a mended run."""
    from fsat_core.training.worker import run_worker

    before = pd.read_parquet(find_run(settings.runs_dir, "whole").path / "oof.parquet")
    try:
        with patch("fsat_core.runs.process.launch"):
            resume(Run(run.path), settings)
    except FsatError as error:
        line = str(error)
    else:
        status = run_worker(Run(run.path), settings)
        line = status.error
        if not line and status.state != "finished":
            raise AssertionError(f"{status.state} without a word")
    again = Run(run.path)
    if not line:
        oof = pd.read_parquet(again.path / "oof.parquet")
        is_same = oof.shape == before.shape and np.allclose(oof.iloc[:, 1:], before.iloc[:, 1:], atol=1e-5)
        if again.state != "finished" or not is_same:
            raise AssertionError(f"{again.state}, or other predictions than before")
        return ""
    if "\n" in line or _PYTHON.search(line):
        raise AssertionError(line)
    if again.run_id not in {each.run_id for each in list_runs(settings.runs_dir)}:
        raise AssertionError("not listed any more")
    delete_run(again)
    return line


def make_runs(folder: Path, finished: Run) -> tuple[Settings, Callable[[], Run]]:
    """Settings with the whole run in them, and what makes a copy of it to be damaged."""
    settings = Settings(finished.data_dir, folder / "runs", finished.path.parents[1] / "cache")
    shutil.copytree(finished.path, settings.runs_dir / "whole")
    (settings.runs_dir / "whole" / "worker.log").write_text("Finished\n")

    def make() -> Run:
        path = settings.runs_dir / "hurt"
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(settings.runs_dir / "whole", path)
        (path / "notes.json").write_text('{"note": "", "tags": []}')
        return Run(path)

    return settings, make


def _all(folder: Path) -> int:
    (folder / "first").mkdir()
    scenario = Training()
    scenario.prepare(folder / "first")
    scenario.work(folder / "first")
    (finished,) = list_runs(folder / "first" / "runs")
    settings, make = make_runs(folder, finished)
    os.environ |= settings.environment()
    clip = next((finished.data_dir / "test").iterdir())
    num_faults, mended, lines = 0, 0, 0
    for what in all_damages():
        run = make()
        damage(run, what)
        faults = [
            *faults_of_commands(run, find_run(settings.runs_dir, "whole"), clip),
            *faults_of_pages(run),
        ]
        try:
            line = mend(run, settings)
        except AssertionError as error:
            faults.append(f"resume: {error}")
            line = ""
        num_faults += len(faults)
        mended, lines = mended + (not line), lines + bool(line)
        print(f"{what}: {line or 'as it was'}", *faults, sep="\n    ", flush=True)
    print(f"{mended + lines} damages: {mended} mended or harmless, {lines} one line; {num_faults} faults")
    return 1 if num_faults else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(_all(Path(folder)))
