"""Train: notes and tags, copying a run into the form, comparing runs, deleting them, and the table as CSV."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.config.train_config import TrainConfig
from fsat_core.runs import Notes, Run, RunStatus, list_runs, read_notes, save_notes
from fsat_core.settings import Settings
from tests.helpers.curves import drawn_curves
from ui.train import run_list

OpenApp = Callable[..., AppTest]
NewRun = Callable[..., Run]


def copy(run: Run, settings: Settings) -> Run:
    return Run(Path(shutil.copytree(run.path, settings.runs_dir / run.run_id)))


@pytest.fixture
def ended(new_run: NewRun) -> NewRun:
    """Creates runs that ended at once: `ended(seed=1)`."""

    def create(model: str = "mfcc_dummy", **overrides: Any) -> Run:
        run = new_run(model, **overrides)
        RunStatus(state="cancelled").save(run.path / "status.json")
        return run

    return create


def texts(app: AppTest) -> list[str]:
    return [element.value for element in (*app.main.markdown, *app.main.caption, *app.main.info)]


def says(app: AppTest, words: str) -> bool:
    return any(words in text for text in texts(app))


def note_area(app: AppTest, run: Run) -> Any:
    return next(area for area in app.text_area if (area.key or "").startswith(f"note-{run.run_id}"))


def tags_field(app: AppTest, run: Run) -> Any:
    return next(field for field in app.multiselect if (field.key or "").startswith(f"tags-{run.run_id}"))


def shown_ids(app: AppTest) -> list[str]:
    return app.dataframe[0].value["Run"].tolist()


def choose_more(app: AppTest, run: Run, words: str) -> AppTest:
    """Click an entry of the run's menu."""
    menu: Any = app.get_by_key(f"more-{run.run_id}")
    return menu.click(next(option for option in menu.options if words in option)).run()


def test_note_and_tags_are_saved_as_they_are_made(open_app: OpenApp, finished: Run) -> None:
    app = open_app("train")
    assert "Tags" not in app.dataframe[0].value
    note_area(app, finished).set_value(" Why *so* good?\nLook [here](x). ").run()
    assert not app.exception
    assert read_notes(finished) == Notes(note="Why *so* good?\nLook [here](x).")
    assert says(app, r"Why \*so\* good?"), "shown as it was written, not as Markdown"
    tags_field(app, finished).set_value(["best", "a, b"]).run()
    assert not app.exception
    assert read_notes(finished) == Notes(note="Why *so* good?\nLook [here](x).", tags=("best", "a", "b"))
    assert tags_field(app, finished).value == ["best", "a", "b"], "the field shows what was saved"
    assert list(app.dataframe[0].value["Tags"].iloc[0]) == ["best", "a", "b"]
    tags_field(app, finished).set_value([]).run()
    assert read_notes(finished).tags == ()
    assert "Tags" not in app.dataframe[0].value


def test_what_somebody_else_notes_is_shown(open_app: OpenApp, finished: Run) -> None:
    app = open_app("train")
    save_notes(finished, "from another tab", ["other"])
    app.run()
    assert note_area(app, finished).value == "from another tab"
    assert tags_field(app, finished).value == ["other"]
    note_area(app, finished).set_value("mine").run()
    assert read_notes(finished) == Notes(note="mine", tags=("other",))


def test_notes_are_there_again_after_looking_at_another_run(
    open_app: OpenApp, finished: Run, ended: NewRun
) -> None:
    other = ended()
    save_notes(finished, "keep me", ["kept"])
    app = open_app("train", run=finished.run_id)
    assert note_area(app, finished).value == "keep me"
    app.selectbox(key="run").set_value(other.run_id).run()
    assert note_area(app, other).value == ""
    app.selectbox(key="run").set_value(finished.run_id).run()
    assert note_area(app, finished).value == "keep me"
    assert tags_field(app, finished).value == ["kept"]


def test_too_long_a_tag_is_one_line_until_it_is_mended(open_app: OpenApp, finished: Run) -> None:
    app = open_app("train")
    tags_field(app, finished).set_value(["x" * 41]).run()
    assert not app.exception
    assert "expected at most 40" in app.error[0].value
    assert read_notes(finished) == Notes()
    tags_field(app, finished).set_value(["short"]).run()
    assert not app.error
    assert read_notes(finished).tags == ("short",)


def test_damaged_notes_are_one_line_and_the_run_stays_usable(open_app: OpenApp, finished: Run) -> None:
    (finished.path / "notes.json").write_text("{ torn")
    app = open_app("train")
    assert not app.exception
    (error,) = app.error
    assert "notes.json cannot be read" in error.value
    assert len(app.main.metric) == 2
    assert not app.text_area


def test_the_table_is_filtered_by_tags(open_app: OpenApp, ended: NewRun) -> None:
    first, second, third = (ended() for _ in range(3))
    save_notes(first, tags=["a", "b"])
    save_notes(second, tags=["b", "*c*"])
    app = open_app("train", run=third.run_id)
    filter_pills = app.pills(key="runs_tags")
    assert filter_pills.options == [r"\*c\*", "a", "b"]
    assert set(shown_ids(app)) == {first.run_id, second.run_id, third.run_id}
    filter_pills.set_value(["b"]).run()
    assert not app.exception
    assert not app.error
    assert set(shown_ids(app)) == {first.run_id, second.run_id}
    linked = open_app("train", runs_tags=app.query_params["runs_tags"])
    assert set(shown_ids(linked)) == {first.run_id, second.run_id}, "its address opens the same list"
    assert app.selectbox(key="run").value in (first.run_id, second.run_id)
    app.pills(key="runs_tags").set_value(["a", "b"]).run()
    assert shown_ids(app) == [first.run_id]
    app.pills(key="runs_tags").set_value(["a", "*c*"]).run()
    assert not app.exception
    assert says(app, "No run has all of these tags.")
    save_notes(second, tags=[])
    app.run()
    assert shown_ids(app) == [first.run_id], "a tag that no run has any more does not filter"


def test_a_link_to_a_run_wins_over_what_was_chosen_at_an_earlier_visit(
    open_app: OpenApp, ended: NewRun
) -> None:
    tagged, other = ended(), ended()
    save_notes(tagged, tags=["a"])
    app = open_app("train")
    app.pills(key="runs_tags").set_value(["a"]).run()
    assert shown_ids(app) == [tagged.run_id]
    app.switch_page("pages/explore.py").run()
    app.query_params["run"] = other.run_id
    app.switch_page("pages/train.py").run()
    assert not app.exception
    assert app.selectbox(key="run").value == other.run_id
    assert set(shown_ids(app)) == {tagged.run_id, other.run_id}


def test_without_tags_there_is_no_filter(open_app: OpenApp, finished: Run) -> None:
    assert not [group for group in open_app("train").pills if group.key == "runs_tags"]


@pytest.mark.parametrize(("row", "chosen"), [(1, "c"), (0, None)])
def test_a_row_chooses_among_the_runs_that_were_drawn(
    monkeypatch: pytest.MonkeyPatch, row: int, chosen: str | None
) -> None:
    """A click in the table, as the browser reports it: row 0 is the one that is chosen already."""
    session: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", session)
    run_list._take_row(["b", "c"], 0, row)
    assert session.get("run") == chosen


def test_duplicate_fills_in_every_field_and_what_starts_is_the_same(
    open_app: OpenApp, ended: NewRun, settings: Settings, launched: list[str]
) -> None:
    changes = {
        **{"n_folds": 3, "learning_rate": 0.025, "max_epochs": 7, "batch_size": 5, "patience": 4, "seed": 9},
        **{
            "checkpoint": "last",
            "schedule": "cosine",
            "warmup_epochs": 2,
            "label_smoothing": 0.1,
            "new_crops": True,
        },
        **{"mixup": 0.3, "masks": 2, "batch_norm_momentum": 0.5, "executor": "processes", "task": "multi"},
        "splits": ["curated", "noisy"],
    }
    run = ended("mfcc_dummy", **changes)
    app = open_app("train")
    app.session_state["train_open"] = False
    app.run()
    choose_more(app, run, "Duplicate")
    assert not app.exception
    assert app.session_state["train_open"] is True
    assert says(app, f"Filled in from the run {run.run_id}")
    assert not says(app, "Left out")
    for name in TrainConfig.model_fields:
        value = getattr(run.config, name)
        kept = app.session_state[f"train_{name}"]
        assert kept == (list(value) if isinstance(value, tuple) else value), name
    assert app.number_input(key="train_batch_size").value == 5

    app.number_input(key="train_seed").set_value(10)
    next(button for button in app.button if button.label == "Start training").click().run()
    assert not app.exception
    (started,) = [new for new in list_runs(settings.runs_dir) if new.run_id != run.run_id]
    assert started.config == run.config.model_copy(update={"seed": 10})
    assert not says(app, "Filled in from")


def test_duplicate_drops_the_splits_that_are_not_there(
    open_app: OpenApp, ended: NewRun, settings: Settings
) -> None:
    run = ended(splits=["curated", "noisy"])
    (settings.data_dir / "train_noisy.csv").unlink()
    shutil.rmtree(settings.data_dir / "train_noisy")
    app = open_app("train")
    choose_more(app, run, "Duplicate")
    assert not app.exception
    assert says(app, "Left out, because this data set has no such clips: noisy.")
    assert app.session_state["train_splits"] == ["curated"]


def test_a_started_run_is_seen_whatever_tags_are_chosen(
    open_app: OpenApp, ended: NewRun, settings: Settings, launched: list[str]
) -> None:
    run = ended()
    save_notes(run, tags=["a"])
    app = open_app("train")
    app.pills(key="runs_tags").set_value(["a"]).run()
    choose_more(app, run, "Duplicate")
    next(button for button in app.button if button.label == "Start training").click().run()
    (started,) = [new for new in list_runs(settings.runs_dir) if new.run_id != run.run_id]
    assert app.selectbox(key="run").value == started.run_id
    assert set(shown_ids(app)) == {run.run_id, started.run_id}


def open_comparison(app: AppTest) -> AppTest:
    app.session_state["compare_open"] = True
    return app.run()


def test_compare_shows_scores_what_differs_and_a_line_per_run(
    open_app: OpenApp, finished_runs: dict[str, Run], settings: Settings, ended: NewRun
) -> None:
    mfcc, wave = (copy(run, settings) for run in finished_runs.values())
    third = ended(seed=4)
    app = open_comparison(open_app("train", run=mfcc.run_id))
    assert not app.exception
    app.multiselect(key="compare_runs").set_value([mfcc.run_id, wave.run_id, third.run_id]).run()
    assert not app.exception
    table = app.dataframe[1].value.set_index("Run")
    assert table.columns.tolist() == ["lwlrap", "Accuracy", "Network", "Seed"]
    assert table["Network"].tolist() == ["mfcc_dummy", "wave_dummy", "mfcc_dummy"]
    assert table["Seed"].tolist() == [0, 0, 4]
    assert table.loc[mfcc.run_id, "lwlrap"] == pytest.approx((mfcc.scores or {})["lwlrap"])
    chart = drawn_curves(app)[0]
    assert [row["name"] for row in chart["rows"]] == [mfcc.run_id, wave.run_id], "the third has no epoch yet"


def test_compare_begins_with_the_chosen_run_and_asks_for_two(
    open_app: OpenApp, ended: NewRun, finished: Run
) -> None:
    other = ended()
    app = open_comparison(open_app("train", run=finished.run_id))
    assert app.multiselect(key="compare_runs").value == [finished.run_id, other.run_id]
    assert app.dataframe[1].value.columns.tolist() == ["Run", "lwlrap", "Accuracy"]
    assert says(app, "They have the same configuration.")
    app.multiselect(key="compare_runs").set_value([other.run_id]).run()
    assert not app.exception
    assert len(app.dataframe) == 1
    assert says(app, "Choose at least two runs.")


def test_an_address_opens_the_comparison_of_its_runs(open_app: OpenApp, ended: NewRun, finished: Run) -> None:
    others = [ended(), ended(seed=3)]
    asked = [others[1].run_id, finished.run_id]
    app = open_app("train", run=others[0].run_id, compare_runs=asked)
    assert not app.exception
    assert app.multiselect(key="compare_runs").value == asked
    assert sorted(app.dataframe[1].value["Run"]) == sorted(asked)


def test_compare_says_which_run_is_damaged(open_app: OpenApp, ended: NewRun, finished: Run) -> None:
    other = ended()
    (finished.path / "fold_00" / "metrics.csv").write_text("")
    app = open_comparison(open_app("train", run=other.run_id))
    assert not app.exception
    (error,) = app.error
    assert "metrics.csv cannot be read" in error.value
    assert says(app, "None of them has finished an epoch yet.")


def test_one_run_has_nothing_to_be_compared_with(open_app: OpenApp, finished: Run) -> None:
    assert "Compare runs" not in [expander.label for expander in open_app("train").expander]


def test_delete_says_what_is_lost_and_asks_once_more(open_app: OpenApp, finished: Run, ended: NewRun) -> None:
    other = ended()
    app = open_app("train", run=finished.run_id)
    choose_more(app, finished, "Delete")
    assert not app.exception
    assert finished.path.is_dir(), "one click does not delete"
    assert any(f"**{finished.run_id}**" in text.value and "kB on disk" in text.value for text in app.markdown)
    app.button(key="delete_run").click().run()
    assert not app.exception
    assert not app.error
    assert not finished.path.exists()
    assert shown_ids(app) == [other.run_id]
    assert app.selectbox(key="run").value == other.run_id


def test_deleting_the_last_run_leaves_the_form(open_app: OpenApp, finished: Run) -> None:
    app = open_app("train")
    choose_more(app, finished, "Delete")
    app.button(key="delete_run").click().run()
    assert not app.exception
    assert not app.error
    assert says(app, "No runs yet")


def test_an_active_run_cannot_be_deleted(open_app: OpenApp, new_run: NewRun) -> None:
    run = new_run()
    me = psutil.Process()
    status = RunStatus(state="training", pid=me.pid, create_time=me.create_time())
    status.save(run.path / "status.json")
    app = open_app("train")
    choose_more(app, run, "Delete")
    assert not app.exception
    assert app.button(key="delete_run").disabled
    assert any("It is training: stop it first." in info.value for info in app.info)


def test_what_cannot_be_deleted_is_one_line(
    open_app: OpenApp, finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_app("train")
    choose_more(app, finished, "Delete")
    finished.path.rename(finished.path.with_name("elsewhere"))
    finished.path.symlink_to("elsewhere")
    app.button(key="delete_run").click().run()
    assert not app.exception
    assert finished.path.is_symlink()
    choose_more(app, finished, "Delete")
    assert any("is a link to another folder" in error.value for error in app.error)


@pytest.mark.parametrize(
    ("name", "parameter"), [("train", "run"), ("evaluate", "evaluate"), ("predict", "runs")]
)
def test_a_visitor_who_looks_at_a_deleted_run_gets_one_line(
    open_app: OpenApp, finished_runs: dict[str, Run], settings: Settings, name: str, parameter: str
) -> None:
    run, other = (copy(run, settings) for run in finished_runs.values())
    app = open_app(name, **{parameter: run.run_id})
    assert not app.exception
    assert not app.error
    shutil.rmtree(run.path)
    app.run()
    assert not app.exception
    assert [error.value for error in app.error if f"No run '{run.run_id}'" in error.value]
    assert other.path.is_dir()


def test_why_a_run_is_not_shown_stays_until_another_is_chosen(ended: NewRun) -> None:
    def draw_the_runs_alone() -> None:  # as the fragment does every two seconds
        from ui.train import run_list

        run_list.show_runs(False)

    gone, first, second = (ended() for _ in range(3))
    app = AppTest.from_function(draw_the_runs_alone)
    app.query_params["run"] = gone.run_id
    shutil.rmtree(gone.path)
    for _ in range(3):
        app.run()
        assert not app.exception
        assert f"No run '{gone.run_id}'" in app.error[0].value
    other = next(run for run in (first, second) if run.run_id != app.selectbox(key="run").value)
    app.selectbox(key="run").set_value(other.run_id).run()
    assert not app.error


def test_all_runs_can_be_downloaded(open_app: OpenApp, finished: Run) -> None:
    button = open_app("train").get("download_button")[0]
    assert button.proto.label == "Download all runs as CSV"
