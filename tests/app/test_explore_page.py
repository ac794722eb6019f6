"""The page Explore: its numbers are those of the tables, and its filters change them."""

import json
from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.settings import Settings

OpenApp = Callable[..., AppTest]
NAMES = ["Examples", "Label strings", "Classes", "Single-label classes"]


@pytest.fixture
def tables(demo_settings: Settings) -> dict[str, pd.DataFrame]:
    """The demo set's own tables, read without the program."""
    files = {"curated": "train_curated.csv", "noisy": "train_noisy.csv", "test": "sample_submission.csv"}
    return {split: pd.read_csv(demo_settings.demo_dir / name) for split, name in files.items()}


def counts(tables: dict[str, pd.DataFrame], splits: Collection[str]) -> list[str]:
    labels = pd.concat([tables[split]["labels"] for split in splits if split != "test"])
    single = labels[~labels.str.contains(",")]
    classes = {name for label in labels for name in label.split(",")}
    examples = sum(len(tables[split]) for split in splits)
    return [str(number) for number in (examples, labels.nunique(), len(classes), single.nunique())]


def metrics(app: AppTest) -> list[str]:
    assert not app.exception
    assert [metric.label for metric in app.metric] == NAMES
    return [metric.value for metric in app.metric]


def chart(app: AppTest, key: str) -> dict:
    return json.loads(next(c for c in app.get("plotly_chart") if c.key == key).proto.spec)


def test_metrics_count_the_rows_of_the_tables(open_app: OpenApp, tables: dict[str, pd.DataFrame]) -> None:
    assert metrics(open_app()) == counts(tables, tables)


def test_split_filter_changes_metrics(open_app: OpenApp, tables: dict[str, pd.DataFrame]) -> None:
    app = open_app()
    app.pills(key="explore_splits").set_value(["noisy"]).run()
    assert metrics(app) == counts(tables, ["noisy"])
    assert metrics(app) != counts(tables, tables)


@pytest.mark.parametrize(("kind", "several"), [("single", False), ("several", True)])
def test_label_filter_changes_metrics(
    open_app: OpenApp, tables: dict[str, pd.DataFrame], kind: str, several: bool
) -> None:
    app = open_app()
    app.segmented_control(key="explore_label_kind").set_value(kind).run()
    labels = pd.concat([tables["curated"]["labels"], tables["noisy"]["labels"]])
    expected = labels[labels.str.contains(",") == several]
    assert metrics(app)[:2] == [str(len(expected)), str(expected.nunique())]


def test_no_split_leaves_a_message_and_no_chart(open_app: OpenApp) -> None:
    app = open_app()
    app.pills(key="explore_splits").set_value([]).run()
    assert not app.exception
    assert not app.metric
    assert "No clip is left" in app.info[0].value


def test_test_clips_have_no_class_chart(open_app: OpenApp) -> None:
    app = open_app()
    app.pills(key="explore_splits").set_value(["test"]).run()
    assert not app.exception
    assert "not known" in app.info[0].value
    assert not app.get("plotly_chart")


def test_classes_tab_names_largest_and_smallest(open_app: OpenApp, tables: dict[str, pd.DataFrame]) -> None:
    app = open_app()
    labels = pd.concat([tables["curated"]["labels"], tables["noisy"]["labels"]])
    sizes = labels.str.split(",").explode().value_counts()
    sentence = next(m.value for m in app.markdown if m.value.startswith("Largest"))
    largest, smallest = sentence.split(" Smallest: ")
    assert any(name in largest for name in sizes.index[sizes == sizes.max()])
    assert f"{sizes.max()} clips" in largest
    assert any(name in smallest for name in sizes.index[sizes == sizes.min()])
    assert f"{sizes.min()} clips" in smallest
    assert chart(app, "explore_classes")["data"][0]["y"][0] in sizes.index[sizes == sizes.max()]


@pytest.mark.parametrize(
    ("tab", "keys"),
    [
        ("Classes", ["explore_classes"]),
        ("Lengths", ["explore_lengths", "explore_violins"]),
        ("Labels per clip", ["explore_labels_per_clip", "explore_pairs"]),
        ("Rows", []),
    ],
)
def test_each_tab_draws_its_charts_and_no_other(open_app: OpenApp, tab: str, keys: list[str]) -> None:
    app = open_app(tab=tab)
    assert not app.exception
    assert [c.key for c in app.get("plotly_chart")] == keys
    assert all(c.proto.alt for c in app.get("plotly_chart"))


def test_unit_and_scales_of_lengths(open_app: OpenApp) -> None:
    app = open_app(tab="Lengths")
    in_seconds = chart(app, "explore_lengths")
    app.segmented_control(key="explore_unit").set_value("frames")
    for toggle in app.toggle:
        toggle.set_value(True)
    app.run()
    assert not app.exception
    in_frames = chart(app, "explore_lengths")
    assert in_frames["layout"]["xaxis"]["title"]["text"] == "Length in frames"
    assert in_seconds["layout"]["xaxis"]["title"]["text"] == "Length in seconds"
    assert in_frames["layout"]["xaxis"]["type"] == "log"
    assert in_frames["layout"]["yaxis"]["type"] == "log"


def test_reshuffle_draws_other_rows(open_app: OpenApp) -> None:
    app = open_app(tab="Rows")
    before = app.dataframe[0].value
    app.button(key="explore_reshuffle").click().run()
    assert not app.exception
    after = app.dataframe[0].value
    assert len(before) == len(after) == 10
    assert list(before["fname"]) != list(after["fname"])
    again = open_app(tab="Rows", sample=app.query_params["sample"])
    assert list(again.dataframe[0].value["fname"]) == list(after["fname"]), "its address opens it again"
    assert not open_app(tab="Rows", sample="9" * 15).exception


def test_rows_tab_counts_each_split(open_app: OpenApp, tables: dict[str, pd.DataFrame]) -> None:
    by_split = open_app(tab="Rows").dataframe[1].value
    for split in tables:
        assert by_split.loc[split.capitalize(), "Examples"] == len(tables[split])


def test_set_with_one_split_and_no_labels(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo_settings: Settings
) -> None:
    only_test = tmp_path / "only_test"
    only_test.mkdir()
    (only_test / "test").symlink_to(demo_settings.demo_dir / "test")
    monkeypatch.setenv("FSAT_DATA_DIR", str(only_test))
    for tab in ("Classes", "Lengths", "Labels per clip", "Rows"):
        app = open_app(tab=tab)
        assert not app.exception
        assert app.metric[0].value == str(len(list((only_test / "test").iterdir())))


def test_an_address_opens_the_same_view(open_app: OpenApp, tables: dict[str, pd.DataFrame]) -> None:
    app = open_app(explore_splits="Noisy", explore_label_kind="One", tab="Lengths", explore_unit="Frames")
    assert not app.exception
    rows = tables["noisy"][~tables["noisy"]["labels"].str.contains(",")]
    assert app.metric[0].value == str(len(rows))
    assert chart(app, "explore_lengths")["layout"]["xaxis"]["title"]["text"] == "Length in frames"


def test_an_address_opens_the_same_page_and_search_of_lengths_by_class(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(app: AppTest) -> list[str]:
        assert not app.exception
        return chart(app, "explore_violins")["layout"]["yaxis"]["ticktext"]

    monkeypatch.setattr("ui.explore.class_lengths._EACH", 5)
    everything = {"tab": "Lengths", "explore_violin_order": "By name"}
    first, second = (shown(open_app(**everything, explore_violin_page=page)) for page in ("1", "2"))
    assert (len(first), len(second)) == (5, 5)
    assert first[-1] < second[0]
    app = open_app(**everything, explore_violin_classes=[second[0], first[0], "no such class"])
    assert shown(app) == [first[0], second[0]]
    app.multiselect(key="explore_violin_classes").set_value([]).run()
    assert shown(app) == first


def test_all_classes_have_a_place_among_the_lengths(open_app: OpenApp) -> None:
    app = open_app(tab="Lengths")
    names = chart(app, "explore_violins")["layout"]["yaxis"]["ticktext"]
    assert len(names) == 12
    app.selectbox(key="explore_violin_order").set_value("By name").run()
    assert chart(app, "explore_violins")["layout"]["yaxis"]["ticktext"] == sorted(names)
    app.multiselect(key="explore_violin_classes").set_value(["Bark"]).run()
    assert not app.exception
    assert chart(app, "explore_violins")["layout"]["yaxis"]["ticktext"] == ["Bark"]
