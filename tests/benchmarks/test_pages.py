"""The scripts about pages: the set that they write, their visitor without a browser, and their figures."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import serving
from benchmarks.figures import Figure, run_figures
from benchmarks.sets.large_sets import write_large_set
from benchmarks.sets.sample_runs import growing_run, write_finished_run
from benchmarks.targets import catalogue, pages, server
from benchmarks.targets.load import make_queue
from benchmarks.targets.viewer import Viewer
from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import RunError
from fsat_core.evaluation import score
from fsat_core.runs.predictions import load_oof
from fsat_core.settings import Settings
from tools.app_server import AppServer

NUM_ROWS = 300


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app on a small set of this kind."""
    with serving.serve(tmp_path_factory.mktemp("large"), NUM_ROWS) as started:
        yield started


def test_a_large_set_is_a_set_with_known_headers(tmp_path: Path) -> None:
    root = write_large_set(tmp_path / "set", NUM_ROWS, tmp_path / "cache")
    catalogue = scan(
        open_dataset(root), tmp_path / "cache", read=lambda _, name: pytest.fail(f"opens {name}")
    )
    assert len(catalogue) == NUM_ROWS
    assert (catalogue["error"] == "").all()
    assert set(catalogue["split"]) == {"curated", "noisy", "test"}
    assert catalogue["num_frames"].nunique() > NUM_ROWS // 2
    assert (catalogue["num_labels"] > 1).any()
    assert (catalogue.loc[catalogue["split"] == "test", "labels"] == "").all()
    again = write_large_set(tmp_path / "again", NUM_ROWS, tmp_path / "cache")
    assert scan(open_dataset(again), tmp_path / "cache").equals(catalogue)


@pytest.fixture
def on_large_set(tmp_path: Path) -> Settings:
    """Settings on a small set of this kind."""
    settings = Settings(tmp_path / "set", tmp_path / "runs", tmp_path / "cache")
    write_large_set(settings.data_dir, NUM_ROWS, settings.cache_dir)
    return settings


def test_a_sample_run_can_be_judged(on_large_set: Settings) -> None:
    run = write_finished_run(on_large_set)
    assert run.state == "finished"
    assert run.folds == list(range(run.config.n_folds))
    assert 0 < score(load_oof(run)).lwlrap < 1
    assert len(run.metrics()) == 50 * run.config.n_folds


def test_a_growing_run_trains_until_it_is_left(
    on_large_set: Settings, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    with growing_run(on_large_set, epoch_s=0.01) as run:
        wait_until(lambda: len(run.metrics()) > 2)
        assert run.state == "training"
    assert run.state == "cancelled"


def test_a_visitor_gets_what_the_page_shows(app: AppServer) -> None:
    with Viewer(app.url) as viewer:
        explore = viewer.open()
        assert f" {NUM_ROWS} " in explore.text
        assert 1_000 < explore.charts_bytes < explore.num_bytes
        rows = scan(open_dataset(app.data_dir), app.cache_dir)["split"].value_counts()
        fewer = viewer.choose("explore_splits", string_array_value={"data": ["Noisy"]})
        assert f" {rows['noisy']} " in fewer.text
        clips = viewer.open("clips", "show=all")
        assert f"{NUM_ROWS} of {NUM_ROWS} clips" in clips.text
        with pytest.raises(RunError, match="no widget 'explore_splits'"):
            viewer.choose("explore_splits", bool_value=True)
        with pytest.raises(RunError, match="refreshes itself"):
            viewer.stay(0)


def test_a_decision_draws_only_its_part_of_the_page(app: AppServer) -> None:
    queue = make_queue(app)
    with Viewer(app.url) as viewer:
        viewer.open("label", f"queue={queue.queue_id}")
        name = json.dumps({"kept": {"asked": True, "name": "ann"}})
        whole = viewer.choose("label_name_memory", json_value=name)
        post = {"n": 1, "queue": queue.queue_id, "at": 0, "want": [0], "ops": []}
        part = viewer.choose("label_board", json_value=json.dumps({"post": post}))
    assert queue.explanation in whole.text
    assert queue.explanation in part.text
    assert f"{NUM_ROWS} clips, 80 classes" in whole.text
    assert "80 classes" not in part.text


def test_viewers_of_live_curves_see_them_grow(app: AppServer) -> None:
    figure = serving.live_curves(app, lambda begin: server.watch(app.url, begin, seconds=5))
    assert figure.value > 0
    assert figure.unit == "% of a core"


def test_figures_of_the_server(app: AppServer) -> None:
    with Viewer(app.url) as viewer:
        figures = list(server.answers(viewer, server.PAGES, NUM_ROWS, 400, 250, rounds=1))
        sizes = server.weigh_pages(viewer)
    assert [(figure.unit, figure.at_most, figure.value > 0) for figure in figures] == [("ms", True, True)] * 2
    # Of the rows, there is nothing but what every page has to keep the browser's history.
    assert sizes["Clips"] > sizes["Explore: Lengths"] > 5_000 > sizes["Explore: Rows"]
    memory = serving.memory_of(app)
    assert 100 < memory.value < 10_000


@pytest.mark.parametrize("script", [catalogue, pages, server])
def test_a_script_says_what_it_is_for(script: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        script.main(["--help"])  # type: ignore[attr-defined]
    assert stop.value.code == 0
    assert (script.__doc__ or "").strip() in capsys.readouterr().out


def test_a_missed_target_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    slow = Figure("page change", 401.0, "ms", serving.PAGE_MS, at_most=True)
    assert run_figures("targets.pages", "Pages.", lambda folder: [slow], ["--json"]) == 1
    assert [row["met"] for row in json.loads(capsys.readouterr().out)] == [False]
