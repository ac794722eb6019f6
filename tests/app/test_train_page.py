"""Train: the form, starting a run, and runs in every state."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.runs import Run, RunStatus, list_runs
from fsat_core.runs.device import Device
from fsat_core.settings import Settings
from tests.helpers.curves import drawn_curves
from tests.helpers.embedders import lend_yamnet

OpenApp = Callable[..., AppTest]
NewRun = Callable[..., Run]


def write_status(run: Run, state: str, alive: bool = True, **values: Any) -> None:
    """A status as the worker writes it; the worker is this process, or none that lives."""
    me = psutil.Process()
    status = RunStatus(
        state=state,
        pid=me.pid,
        create_time=me.create_time() if alive else 0.0,
        heartbeat=time.time(),
        started_at=time.time() - 100,
        **values,
    )
    status.save(run.path / "status.json")


def texts(app: AppTest) -> list[str]:
    """Everything that is said in Markdown, badges included."""
    return [element.value for element in (*app.main.markdown, *app.main.caption)]


def says(app: AppTest, words: str) -> bool:
    return any(words in text for text in texts(app))


def number(app: AppTest, name: str) -> Any:
    return app.number_input(key=f"train_{name}")


def test_without_runs_there_is_a_form_that_can_be_sent(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("train")
    assert not app.exception
    assert not app.error
    assert "No runs yet" in app.info[0].value
    assert not start_button(app).disabled
    assert says(app, "**12 clips** of 3 classes"), "the two clips with two labels are not of the single task"


def test_a_head_on_a_pretrained_network_needs_its_weights(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("train")
    app.radio(key="train_model").set_value("yamnet_head").run()
    assert not app.exception
    for name, value in {"sample_rate": 16_000, "duration_s": 0.975, "learning_rate": 0.01}.items():
        assert number(app, name).value == value
    for name in ("sample_rate", "duration_s", "n_mfcc", "speed", "mixup", "masks"):
        assert number(app, name).disabled
    (error,) = app.error
    assert "Run `fsat pretrained` once" in error.value
    assert start_button(app).disabled
    assert says(app, "The head learns from what a pretrained network hears.")
    lend_yamnet(settings.cache_dir)
    app.run()
    assert not app.error
    assert not start_button(app).disabled
    app.radio(key="train_model").set_value("wave_cnn").run()
    assert not app.error
    assert number(app, "duration_s").value == 2


def start_button(app: AppTest) -> Any:
    return next(button for button in app.button if button.label == "Start training")


def test_several_labels_use_all_labelled_clips(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("train")
    app.segmented_control(key="train_task").set_value("multi").run()
    assert says(app, "**14 clips**")
    app.pills(key="train_splits").set_value(["curated", "noisy"]).run()
    assert says(app, "**18 clips** of 4 classes")


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_no_gpu_is_a_plain_warning(
    open_app: OpenApp, settings: Settings, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Device("x", kind, "Tape machine")
    monkeypatch.setattr("fsat_core.runs.device.detect_device", lambda: device)
    app = open_app("train")
    assert not app.exception
    if kind == "cpu":
        assert "No GPU was found" in app.warning[0].value
        assert "Tape machine" in app.warning[0].value
    else:
        assert not app.warning
        assert says(app, "Tape machine")


def test_values_follow_the_recipe_and_the_network(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("train")
    assert [number(app, name).value for name in ("n_folds", "max_epochs", "patience")] == [10, 50, 5]
    number(app, "batch_size").set_value(7)
    app.segmented_control(key="train_recipe").set_value("quick").run()
    assert [number(app, name).value for name in ("n_folds", "max_epochs", "patience")] == [2, 1, 1]
    assert number(app, "batch_size").value == 64
    number(app, "n_folds").set_value(4)
    app.radio(key="train_model").set_value("wave_cnn").run()
    assert number(app, "sample_rate").value == 16_000
    assert number(app, "n_folds").value == 4, "the network does not change what the recipe decides"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("n_folds", 1, "n_folds"), ("n_folds", 13, "12 readable"), ("n_mfcc", 9, "n_mfcc must be at least 16")],
)
def test_impossible_value_is_one_line_and_nothing_starts(
    open_app: OpenApp, settings: Settings, name: str, value: int, words: str
) -> None:
    app = open_app("train")
    number(app, name).set_value(value).run()
    assert not app.exception
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert start_button(app).disabled
    assert list_runs(settings.runs_dir) == []


def test_folds_together_without_jax_is_one_line(
    open_app: OpenApp, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    app = open_app("train")
    app.selectbox(key="train_executor").set_value("vmapped").run()
    assert not app.exception
    assert len(app.error) == 1
    assert "expected Keras on JAX" in app.error[0].value
    assert start_button(app).disabled


def test_addresses_without_the_package_that_sends_are_one_line(
    open_app: OpenApp, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_NOTIFY_URLS", "json://me:hunter2@host")
    assert not says(open_app("train"), "FSAT_NOTIFY_URLS")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    app = open_app("train")
    assert says(app, "the package apprise is not installed")
    assert not says(app, "hunter2")


def test_rare_classes_are_named(open_app: OpenApp, settings: Settings) -> None:
    app = open_app("train")
    number(app, "n_folds").set_value(4).run()
    assert not says(app, "fewer clips than")
    number(app, "n_folds").set_value(5).run()
    assert says(app, "fewer clips than the 5 folds: Bark (4)")


def test_start_trains_what_the_form_says(
    open_app: OpenApp, settings: Settings, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    app = open_app("train")
    app.radio(key="train_model").set_value("mfcc_dummy").run()
    app.segmented_control(key="train_recipe").set_value("quick").run()
    for name, value in {"n_folds": 3, "sample_rate": 8_000, "duration_s": 0.5, "n_mfcc": 13}.items():
        number(app, name).set_value(value)
    start_button(app).click().run()
    assert not app.exception
    assert not app.error
    (run,) = list_runs(settings.runs_dir)
    assert (run.config.model, run.config.recipe, run.config.n_folds) == ("mfcc_dummy", "quick", 3)
    assert (run.config.sample_rate, run.config.duration_s, run.config.n_mfcc) == (8_000, 0.5, 13)
    assert app.selectbox(key="run").value == run.run_id
    assert app.session_state["train_open"] is False

    wait_until(lambda: not run.is_active)
    app.run()
    assert run.state == "finished", run.log_tail()
    assert not app.exception
    assert says(app, "Finished")
    assert len(drawn_curves(app)) == 1


def test_runs_folder_that_cannot_be_written_is_one_line(open_app: OpenApp, settings: Settings) -> None:
    settings.runs_dir.write_text("not a folder")
    app = open_app("train")
    number(app, "n_folds").set_value(2).run()
    start_button(app).click().run()
    assert not app.exception
    assert len(app.error) == 1


def test_finished_run_shows_scores_curves_and_the_way_to_predict(open_app: OpenApp, finished: Run) -> None:
    app = open_app("train")
    assert not app.exception
    assert not app.error
    scores = finished.scores or {}
    assert [metric.value for metric in app.main.metric] == [
        f"{scores['lwlrap']:.3f}",
        f"{scores['accuracy']:.1%}",
    ]
    assert len(drawn_curves(app)) == 1
    assert "Predict with this run" in [link.value for link in app.main.page_link]
    row = app.dataframe[0].value.iloc[0]
    assert row[["State", "Run", "Network", "Folds"]].tolist() == [
        "Finished",
        finished.run_id,
        "mfcc_dummy",
        "2/2",
    ]
    assert row["lwlrap"] == pytest.approx(scores["lwlrap"])
    app.segmented_control(key="curves").set_value("Mean and range").run()
    assert not app.exception
    assert len(drawn_curves(app)) == 1


def test_running_run_shows_where_it_is(open_app: OpenApp, settings: Settings, new_run: NewRun) -> None:
    run = new_run(n_folds=4)
    write_status(
        run,
        "training",
        fold=1,
        epoch=13,
        num_folds=4,
        max_epochs=50,
        progress=0.315,
        clips_per_s=119.6,
        eta_s=700.0,
        warnings=["Mind the gap."],
    )
    app = open_app("train")
    assert not app.exception
    assert app.main.progress[0].text == "Fold 2 of 4, epoch 13 of 50"
    assert app.main.progress[0].value == 31
    for words in ("Training", "120 clips/s", "about 12 min left", "Mind the gap."):
        assert says(app, words)
    assert not says(app, "no sign of life")
    assert "Resume" not in [button.label for button in app.button]


def test_silent_worker_is_pointed_out(open_app: OpenApp, settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    write_status(run, "training")
    status = run.status
    status.heartbeat -= 12_000
    status.save(run.path / "status.json")
    assert says(open_app("train"), "no sign of life for 3 h 2")


def test_stop_asks_once_more_and_offers_the_end_after_a_while(
    open_app: OpenApp, settings: Settings, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = []
    monkeypatch.setattr("ui.train.run_view.kill", lambda run: killed.append(run.run_id))
    run = new_run()
    write_status(run, "training")
    app = open_app("train")
    app.button(key=f"stop-{run.run_id}").click().run()
    assert not app.exception
    assert run.stop_requested
    assert says(app, "Stopping")
    assert "End it now" not in [button.label for button in app.button]

    old = time.time() - 20
    os.utime(run.stop_flag, (old, old))
    app.run()
    next(button for button in app.button if button.label == "End it now").click().run()
    assert killed == [run.run_id]


def test_a_run_whose_data_set_has_been_moved_goes_on_with_the_set_in_use(
    open_app: OpenApp, new_run: NewRun, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    resumed: list[Path] = []
    monkeypatch.setattr("ui.train.run_view.resume", lambda run, settings: resumed.append(run.data_dir))
    run = new_run()
    write_status(run, "failed", alive=False, error="The data set is gone.")
    moved = settings.data_dir.rename(tmp_path / "moved")
    monkeypatch.setenv("FSAT_DATA_DIR", str(moved))
    app = open_app("train", run=run.run_id)
    next(button for button in app.button if button.label == "Resume").click().run()
    assert not app.exception
    assert resumed == [moved]
    moved = moved.rename(tmp_path / "again")
    monkeypatch.setenv("FSAT_DATA_DIR", str(moved))
    (moved / "train_curated.csv").write_text("fname,labels\nother.wav,Bark\n")
    app = open_app("train", run=run.run_id)
    next(button for button in app.button if button.label == "Resume").click().run()
    assert not app.exception
    assert any("lacks" in error.value for error in app.main.error)
    assert resumed == [tmp_path / "moved"]


@pytest.mark.parametrize("state", ["failed", "lost", "cancelled"])
def test_run_that_ended_early_says_why_and_can_be_resumed(
    open_app: OpenApp, settings: Settings, new_run: NewRun, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed = []
    monkeypatch.setattr("ui.train.run_view.resume", lambda run, settings: resumed.append(run.run_id))
    run = new_run()
    error = "The disk is full." if state == "failed" else ""
    write_status(run, "training" if state == "lost" else state, alive=False, error=error)
    app = open_app("train")
    assert not app.exception
    assert says(app, state.capitalize())
    boxes = {"failed": app.error, "lost": app.main.warning[1:], "cancelled": app.main.info}
    words = {"failed": "The disk is full.", "lost": "0 of 2 folds", "cancelled": "Stopped after 0 of 2 folds"}
    assert words[state] in boxes[state][0].value
    next(button for button in app.button if button.label == "Resume").click().run()
    assert resumed == [run.run_id]


def test_run_that_just_began_is_queued(open_app: OpenApp, settings: Settings, new_run: NewRun) -> None:
    run = new_run()
    app = open_app("train")
    assert not app.exception
    assert app.dataframe[0].value.iloc[0][["State", "Run"]].tolist() == ["Queued", run.run_id]
    assert app.main.progress[0].text == "Starting"


@pytest.mark.parametrize(
    ("name", "content"), [("classes.json", "{ torn"), ("scores.json", "{ torn"), ("fold_00/metrics.csv", "")]
)
def test_damaged_run_is_one_line_and_the_others_stay_usable(
    open_app: OpenApp, finished: Run, new_run: NewRun, name: str, content: str
) -> None:
    other = new_run()
    write_status(other, "cancelled")
    (finished.path / name).write_text(content)
    app = open_app("train", run=finished.run_id)
    assert not app.exception
    assert len(app.error) == 1
    assert "cannot be read" in app.error[0].value
    app.selectbox(key="run").set_value(other.run_id).run()
    assert not app.exception
    assert not app.error
    assert "Stopped after" in app.main.info[0].value


def test_run_without_a_readable_configuration_is_one_line(
    open_app: OpenApp, finished: Run, new_run: NewRun
) -> None:
    other = new_run()
    write_status(other, "cancelled")
    (finished.path / "config.json").write_text("{ torn")
    app = open_app("train", run=finished.run_id)
    assert not app.exception
    (error,) = app.error
    assert "is damaged: config.json cannot be read (it is not JSON)" in error.value
    assert app.selectbox(key="run").value == finished.run_id
    table = app.dataframe[0].value.set_index("Run")["State"]
    assert table.to_dict() == {finished.run_id: "Damaged", other.run_id: "Cancelled"}
    menu: Any = app.get_by_key(f"more-{finished.run_id}")
    assert menu.options == [":material/delete: Delete"]
    app.selectbox(key="run").set_value(other.run_id).run()
    assert not app.exception
    assert not app.error


def test_url_chooses_the_run_and_the_table_follows(open_app: OpenApp, finished: Run, new_run: NewRun) -> None:
    newer = new_run()
    write_status(newer, "cancelled")
    app = open_app("train", run=finished.run_id)
    assert not app.exception
    assert app.selectbox(key="run").value == finished.run_id
    shown = app.dataframe[0].value["Run"].tolist()
    assert app.session_state["runs_table"]["selection"]["rows"] == [shown.index(finished.run_id)]
    assert app.main.metric
    app.selectbox(key="run").set_value(newer.run_id).run()
    assert app.session_state["runs_table"]["selection"]["rows"] == [shown.index(newer.run_id)]
    assert app.query_params["run"] == newer.run_id


def test_without_a_choice_the_newest_active_run_is_shown(
    open_app: OpenApp, settings: Settings, new_run: NewRun
) -> None:
    runs = sorted((new_run() for _ in range(3)), key=lambda run: run.run_id)
    for run, state in zip(runs, ("cancelled", "training", "cancelled"), strict=True):
        write_status(run, state)
    assert open_app("train").selectbox(key="run").value == runs[1].run_id
    write_status(runs[1], "finished")
    assert open_app("train").selectbox(key="run").value == runs[2].run_id


def test_unknown_run_in_the_url_is_one_line(open_app: OpenApp, finished: Run) -> None:
    app = open_app("train", run="20200101-000000-mfcc_cnn-0000")
    assert not app.exception
    assert len(app.error) == 1
    assert "No run '20200101-000000-mfcc_cnn-0000'" in app.error[0].value
    assert app.selectbox(key="run").value == finished.run_id


def test_log_is_there_on_demand(open_app: OpenApp, finished: Run) -> None:
    finished.log_path.write_text("first\nFold 1 trained\n")
    app = open_app("train")
    assert not any("Fold 1 trained" in block.value for block in app.main.code)
    app.session_state["run_log"] = True
    app.run()
    assert any("Fold 1 trained" in block.value for block in app.main.code)
