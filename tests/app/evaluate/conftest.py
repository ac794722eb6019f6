"""Finished runs for Evaluate, and what the page says of them."""

import base64
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.evaluation import load_oof
from fsat_core.runs import Run, RunStatus
from fsat_core.settings import Settings

PutRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def nothing_cached() -> Iterator[None]:
    """What the app keeps of a run for two seconds must not reach the next test."""
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def put_run(settings: Settings) -> PutRun:
    """Copies a finished run to the app's runs, of the data set in use: `put_run(run, "name")`."""

    def put(source: Run, name: str = "") -> Run:
        run = Run(Path(shutil.copytree(source.path, settings.runs_dir / (name or source.run_id))))
        _move(run, settings.data_dir)
        return run

    return put


@pytest.fixture
def move_run() -> Callable[[Run, Path], None]:
    """Makes a run one of another data set."""
    return _move


@pytest.fixture
def run(finished_runs: dict[str, Run], put_run: PutRun) -> Run:
    """A finished run of the data set in use; may be changed."""
    return put_run(finished_runs["mfcc_dummy"])


@pytest.fixture
def other(finished_runs: dict[str, Run], put_run: PutRun, run: Run) -> Run:
    """A second finished run on the same clips, older by name than `run`; its answers are others."""
    other = put_run(finished_runs["wave_dummy"], "20200101-000000-wave_dummy-0000")
    truth = load_oof(other).truth
    values = np.random.default_rng(3).uniform(size=truth.shape) + 0.5 * truth
    _answer(other, values / values.sum(axis=1, keepdims=True))
    return other


@pytest.fixture
def answer() -> Callable[[Run, np.ndarray], None]:
    """Gives a run other out-of-fold predictions [shape=(N, C)]."""
    return _answer


@pytest.fixture
def relabel() -> Callable[[Run, str, str], str]:
    """Gives the first clip of a run that has one label another one; returns its `clip_id`."""
    return _relabel


@pytest.fixture
def make_multi() -> Callable[[Run], None]:
    """Makes a run one of the multi-label task."""

    def make(run: Run) -> None:
        config = json.loads((run.path / "config.json").read_text())
        (run.path / "config.json").write_text(json.dumps(config | {"task": "multi"}))

    return make


@pytest.fixture
def write_state() -> Callable[[Run, str], None]:
    """Gives a run another state, with this process as its worker."""

    def write(run: Run, state: str) -> None:
        me = psutil.Process()
        status = RunStatus(state, pid=me.pid, create_time=me.create_time(), heartbeat=time.time())
        status.save(run.path / "status.json")

    return write


@pytest.fixture
def texts() -> Callable[[AppTest], str]:
    """Everything that is said in Markdown, in boxes and in captions."""

    def read(app: AppTest) -> str:
        kinds = (app.main.markdown, app.main.caption, app.main.info, app.main.warning, app.main.error)
        return "\n".join(element.value for elements in kinds for element in elements)

    return read


@pytest.fixture
def metrics() -> Callable[[AppTest], dict[str, tuple[str, str]]]:
    """Value and change of each number, by its name."""
    return lambda app: {metric.label: (metric.value, metric.delta) for metric in app.main.metric}


@pytest.fixture
def chart() -> Callable[..., dict[str, Any]]:
    """A trace of a Plotly chart as it is sent, with arrays unpacked: `chart(app, trace=0, place=0)`."""

    def read(app: AppTest, trace: int = 0, place: int = 0) -> dict[str, Any]:
        data = json.loads(app.get("plotly_chart")[place].proto.spec)["data"][trace]
        return {key: _unpacked(value) for key, value in data.items()}

    return read


def _move(run: Run, data_dir: Path) -> None:
    facts = json.loads((run.path / "dataset.json").read_text())
    (run.path / "dataset.json").write_text(json.dumps(facts | {"data_dir": str(data_dir)}))
    st.cache_resource.clear()  # the app holds runs for two seconds, with what it has read of them


def _answer(run: Run, probabilities: np.ndarray) -> None:
    table = pd.read_parquet(run.path / "oof.parquet")
    table[run.classes] = probabilities
    table.to_parquet(run.path / "oof.parquet", index=False)


def _relabel(run: Run, old: str, new: str) -> str:
    labels = run.labels()
    row = labels.index[labels["labels"] == old][0]
    labels.loc[row, "labels"] = new
    labels.to_csv(run.path / "labels.csv", index=False)
    return str(labels.loc[row, "clip_id"])


def _unpacked(value: Any) -> Any:
    if isinstance(value, dict) and "bdata" in value:
        return np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"]).tolist()
    return value
