"""Several data sets: the choice in the sidebar, the address, and that nothing of one gets into another."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.files import write_json
from fsat_core.labels import Decision, LabelStore
from fsat_core.runs import Run, RunStatus
from fsat_core.settings import Settings
from tests.helpers.label_page import open_part, remember
from ui.shared import news

OpenApp = Callable[..., AppTest]


@pytest.fixture
def two_sets(
    settings: Settings, write_set: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings with the sets `first`, which is the one in use, and `second`, which lacks the noisy clips."""
    second = write_set(tmp_path / "other")
    shutil.rmtree(second / "train_noisy")
    (second / "train_noisy.csv").unlink()
    monkeypatch.setenv("FSAT_DATA_SETS", f"first={settings.data_dir},second={second}")
    monkeypatch.delenv("FSAT_DATA_DIR")
    return Settings.from_environment()


def shown(app: AppTest) -> str:
    """The data set that the sidebar shows, and how many clips it has."""
    assert not app.exception
    assert not app.error
    return f"{chosen_set(app).value}: {app.sidebar.markdown[0].value}"


def chosen_set(app: AppTest) -> Any:
    """The choice in the sidebar."""
    return next(box for box in app.sidebar.selectbox if box.label == "Data set")


@pytest.mark.usefixtures("two_sets")
def test_a_visitor_chooses_among_the_sets_that_are_listed(open_app: OpenApp) -> None:
    app = open_app("clips", label="Siren")
    assert shown(app) == "first: 22 clips, 4 classes"
    assert chosen_set(app).options == ["first", "second"]
    chosen_set(app).select("second").run()
    assert shown(app) == "second: 18 clips, 4 classes"
    assert app.title[0].value == "Clips"
    assert app.query_params["data"] == "second"
    assert app.session_state["clips_label"] is None
    assert shown(open_app("train", data="second")) == "second: 18 clips, 4 classes"
    assert shown(open_app("train")) == "first: 22 clips, 4 classes"  # another visitor's stays


@pytest.mark.usefixtures("two_sets")
def test_an_address_leads_to_its_set_with_all_that_it_says(open_app: OpenApp) -> None:
    app = open_app("clips", data="second", label="Bark", show="all")
    assert shown(app) == "second: 18 clips, 4 classes"
    app.query_params["data"] = "first"  # as after a step back
    app.run()
    assert shown(app) == "first: 22 clips, 4 classes"
    assert app.session_state["clips_label"] == "Bark"
    assert app.query_params["data"] == "first"


@pytest.mark.usefixtures("two_sets")
def test_an_unknown_set_in_the_address_is_one_line_with_ways_on(open_app: OpenApp) -> None:
    app = open_app(data="/etc")
    (error,) = app.error
    assert error.value.startswith("No data set '/etc': expected one of first, second, demo.")
    next(button for button in app.button if button.label == "Open second").click().run()
    assert shown(app) == "second: 18 clips, 4 classes"


def test_decisions_stay_with_their_set(open_app: OpenApp, two_sets: Settings) -> None:
    other = two_sets.of_set("second")
    assert other.database_url != two_sets.database_url
    with LabelStore.open(other.database_url) as store:
        store.add(Decision(clip_id="curated/bark_0.wav", annotator="ada", action="remove"))
    for name, num in (("first", 0), ("second", 1)):
        app = open_app("label", data=name)
        app.session_state["label_name_memory"] = {"kept": {"asked": True, "name": "ada"}}
        app.run()
        assert not app.exception
        from_file = Settings.from_environment().of_set(name)
        with LabelStore.open(from_file.database_url) as store:
            assert len(store.decisions()) == num


def test_an_export_is_of_the_set_in_use(
    open_app: OpenApp, two_sets: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LabelStore.open(two_sets.of_set("second").database_url) as store:
        store.add(Decision(clip_id="curated/bark_0.wav", annotator="ada", action="remove"))
    made: list[Callable[[], str]] = []  # what the buttons call when they are clicked, outside of the page

    def keep(act: str, make: Callable[[], str], *_: str) -> Callable[[], str]:
        made.append(make)
        return make

    monkeypatch.setattr("ui.shared.access.guarded", keep)
    exports = {}
    for name in ("first", "second"):
        app = remember(open_app("label", data=name), "ada")
        made.clear()
        open_part(app, "Import and export")
        exports[name] = json.loads(made[-1]())
    assert exports["second"]["bark_0.wav"] == "remove"
    assert exports["first"].keys() - exports["second"].keys(), "only the first set has noisy clips"


def test_runs_stay_with_their_set(
    open_app: OpenApp, two_sets: Settings, new_run: Callable[..., Run], launched: list[str]
) -> None:
    run = new_run()
    app = open_app("train", data="first")
    assert [table for table in app.dataframe if run.run_id in str(table.value)]
    app = open_app("train", data="second")
    assert not [table for table in app.dataframe if run.run_id in str(table.value)]
    app = open_app("predict", data="second")
    next(button for button in app.button if button.label == "Train a network now").click().run()
    assert not app.exception
    (other,) = (run for run in two_sets.runs_dir.iterdir() if run.name in launched)
    assert Run(other).data_dir == two_sets.of_set("second").data_dir


@pytest.mark.parametrize("has_others", [True, False])
@pytest.mark.parametrize("page", ["train", "evaluate", "predict"])
def test_a_run_of_another_set_is_named_with_a_way_to_it(
    open_app: OpenApp,
    two_sets: Settings,
    new_run: Callable[..., Run],
    finished_runs: dict[str, Run],
    page: str,
    has_others: bool,
) -> None:
    of_first = new_run()
    RunStatus("finished").save(of_first.path / "status.json")
    if has_others:
        other = finished_runs["mfcc_dummy"]
        run = Run(shutil.copytree(other.path, of_first.path.with_name(other.run_id)))
        record = run.dataset_record.model_copy(update={"data_dir": str(two_sets.of_set("second").data_dir)})
        write_json(run.path / "dataset.json", record.model_dump())
    parameter = {"train": "run", "evaluate": "evaluate", "predict": "runs"}[page]
    app = open_app(page, data="second", **{parameter: of_first.run_id})
    assert not app.exception
    said = [error.value for error in app.error]
    links = [link.proto for link in app.main.get("page_link")]
    assert said == [
        f"Run '{of_first.run_id}' is of the data set first: expected a run of second, which is in use. "
        "Open first, or choose another run."
    ]
    (link,) = [each for each in links if each.label == "Open it in first"]
    assert link.query_string == f"{parameter}={of_first.run_id}&data=first"


def test_what_trains_is_listed_in_its_own_set_and_what_ended_opens_there(
    open_app: OpenApp, two_sets: Settings, new_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, ended = new_run(), new_run(seed=1)
    me = psutil.Process()
    RunStatus("training", pid=me.pid, create_time=me.create_time(), heartbeat=time.time()).save(
        run.path / "status.json"
    )
    RunStatus("finished", finished_at=1.0).save(ended.path / "status.json")
    monkeypatch.setattr(news, "_kept_by_browser", lambda: [ended.run_id])
    app = open_app("clips", data="second")
    assert not app.exception
    assert run.run_id not in [link.proto.label for link in app.sidebar.get("page_link")]
    (link,) = [each.proto for each in app.main.get("page_link") if each.proto.label == "Open"]
    assert link.query_string == f"run={ended.run_id}&data=first"
    app = open_app("clips", data="first")
    assert run.run_id in [link.proto.label for link in app.sidebar.get("page_link")]


def test_a_wrong_folder_is_no_dead_end(
    open_app: OpenApp, demo_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "holiday.jpg").touch()
    monkeypatch.setenv("FSAT_DATA_DIR", str(tmp_path / "set"))
    app = open_app("clips")
    (error,) = app.error
    assert "which holds 1 file (holiday.jpg): expected train_curated.csv" in error.value
    assert str(tmp_path) not in error.value
    (button,) = (button for button in app.button if button.label.startswith("Open"))
    assert button.label == "Open the demo set"
    button.click().run()
    assert shown(app).startswith("demo: ")
    assert app.title[0].value == "Clips"
    assert app.query_params["data"] == "demo"
    assert chosen_set(app).options == ["set", "Demo set"]
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["holiday.jpg"]
    assert open_app("clips").error  # for another visitor nothing has changed
