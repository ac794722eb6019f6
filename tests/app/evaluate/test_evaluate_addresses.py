"""Every view of Evaluate can be opened again from its address."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.evaluation import load_oof, worst_clips
from fsat_core.runs import Run

OpenApp = Callable[..., AppTest]


def opened(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def test_the_clip_that_is_chosen(open_app: OpenApp, run: Run) -> None:
    predictions = load_oof(run)
    ids = worst_clips(predictions, len(predictions.clip_ids))["clip_id"]
    for asked, shown in ((ids[2], ids[2]), ("curated/none.wav", ids[0])):
        app = opened(open_app("evaluate", view="Worst clips", clip=asked))
        assert app.main.header[-1].value == shown.removeprefix("curated/")


def test_the_runs_and_the_combination_of_an_ensemble(open_app: OpenApp, run: Run, other: Run) -> None:
    address = {"view": "Ensemble", "ensemble_method": "Arithmetic mean"}
    app = opened(open_app("evaluate", ensemble=[other.run_id, run.run_id], **address))
    assert app.multiselect(key="ensemble").value == [other.run_id, run.run_id]
    assert app.segmented_control(key="ensemble_method").value == "arithmetic"
    app = opened(open_app("evaluate", ensemble=[other.run_id], **address))
    assert app.multiselect(key="ensemble").value == [other.run_id]
    app = opened(open_app("evaluate", ensemble=["gone", other.run_id], **address))
    assert app.multiselect(key="ensemble").value == [other.run_id]
    assert "gone" in app.error[0].value


def test_which_clips_are_listed_of_those_that_have_changed(open_app: OpenApp, run: Run, other: Run) -> None:
    app = opened(open_app("evaluate", view="Changes", compare=other.run_id, changed="broken"))
    control = app.segmented_control(key="evaluate_changed-False")
    assert control.value == "broken"
    control.set_value("mended").run()
    assert opened(app).query_params["changed"] == "mended"


def test_whether_all_classes_that_have_changed_are_drawn(
    open_app: OpenApp, run: Run, other: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.evaluate.changes._NUM_EACH", 1)
    app = opened(open_app("evaluate", view="Changes", compare=other.run_id))
    assert not app.toggle(key="evaluate_all_changes").value
    linked = open_app("evaluate", view="Changes", compare=other.run_id, evaluate_all_changes="true")
    assert opened(linked).toggle(key="evaluate_all_changes").value


@pytest.mark.parametrize("name", ["Bark", "no such class"])
def test_the_class_whose_confusions_are_listed(open_app: OpenApp, other: Run, name: str) -> None:
    app = opened(open_app("evaluate", evaluate=other.run_id, view="Confusion", evaluate_pairs_class=name))
    listed = set(app.main.dataframe[0].value["True class"])
    assert listed == {"Bark"} if name == "Bark" else len(listed) > 1
