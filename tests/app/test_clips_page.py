"""The page Clips: what it lists, what it shows of a clip, and its address."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.settings import Settings
from ui.shared.links import clips_query

OpenApp = Callable[..., AppTest]
ABNORMAL_NUM_FRAMES = 2_538_889  # the longest clips of FSDKaggle2019, and of the demo set


def table(app: AppTest) -> pd.DataFrame:
    """The page of the table that is shown."""
    assert not app.exception
    return app.dataframe[0].value


def count(app: AppTest) -> int:
    """How many clips are listed, on all pages of the table."""
    assert not app.exception
    return int(app.main.caption[0].value.split(" ")[0].replace(",", ""))


def picked(app: AppTest) -> str:
    """The file name of the clip that is shown."""
    return app.main.subheader[0].value


def click(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def odd_files(settings: Settings) -> dict[str, list[str]]:
    """File names of the demo set's odd clips, by what is odd about them."""
    names: dict[str, list[str]] = {}
    with (settings.demo_dir / "demo_oddities.csv").open() as file:
        for row in csv.DictReader(file):
            names.setdefault(row["kind"], []).append(row["fname"])
    return names


@pytest.fixture
def catalogue(demo_settings: Settings) -> pd.DataFrame:
    """All clips of the demo set."""
    return scan(open_dataset(demo_settings.data_dir), demo_settings.cache_dir)


def test_opens_on_abnormal_lengths_with_the_longest_picked(
    open_app: OpenApp, demo_settings: Settings
) -> None:
    app = open_app("clips")
    odd = odd_files(demo_settings)
    rows = table(app).set_index("File")
    assert rows.index[0] == odd["abnormal_length"][0]
    assert rows["Frames"].iloc[0] == ABNORMAL_NUM_FRAMES
    assert rows["Note"].iloc[0] == "Long"
    shared = rows[rows["Note"] == "5 clips of this length"]
    assert len(set(shared["Frames"])) == 1
    assert sorted(shared.index) == sorted(odd["shared_length"])
    short = rows.drop(shared.index).iloc[1:]
    assert len(short) > 0
    assert (short["Frames"] < 17_640).all()
    assert short["Note"].str.startswith("Short").all()
    assert picked(app) == odd["abnormal_length"][0]


def test_the_picked_clip_has_facts_sound_and_pictures(open_app: OpenApp) -> None:
    app = open_app("clips")
    facts = app.table[0].value.iloc[0].to_dict()
    assert facts["Frames"] == "2,538,889"
    assert facts["Duration"] == "57.571 s"
    assert facts["Sample rate"] == "44,100 Hz"
    assert facts["Bits"] == "16"
    assert facts["Channels"] == "1 (mono)"
    assert facts["File size"] == "5.1 MB"
    assert len(app.get("audio")) == 1
    assert len(app.get("bidi_component")) == 1


@pytest.mark.parametrize(
    ("kind", "facts"), [("stereo", {"Channels": "2 (stereo)"}), ("24_bit", {"Bits": "24"}), ("silence", {})]
)
def test_odd_files_are_shown(
    open_app: OpenApp, demo_settings: Settings, kind: str, facts: dict[str, str]
) -> None:
    name = odd_files(demo_settings)[kind][0]
    app = open_app("clips", clip=f"curated/{name}")
    assert not app.exception
    assert picked(app) == name
    assert facts.items() <= app.table[0].value.iloc[0].to_dict().items()
    assert len(app.get("audio")) == 1


def test_an_unreadable_clip_is_one_line(open_app: OpenApp, demo_settings: Settings) -> None:
    name = odd_files(demo_settings)["truncated"][0]
    app = open_app("clips", show="unreadable")
    assert table(app)["File"].tolist() == [name]
    assert table(app)["Note"].tolist() == ["Cannot be read"]
    assert len(app.error) == 1
    assert app.error[0].value.startswith(name)
    assert "truncated" in app.error[0].value
    assert not app.table
    assert not app.get("audio")


def test_sound_that_is_damaged_behind_its_header_is_one_line(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set" / "train_curated"
    folder.mkdir(parents=True)
    wave = np.zeros(1000, dtype=np.float32)
    wave[500] = np.nan
    soundfile.write(folder / "nan.wav", wave, 16_000, subtype="FLOAT")
    (tmp_path / "set" / "train_curated.csv").write_text("fname,labels\nnan.wav,Bark\n")
    monkeypatch.setenv("FSAT_DATA_DIR", str(tmp_path / "set"))
    app = open_app("clips", show="all")
    assert table(app)["File"].tolist() == ["nan.wav"]
    assert [error.value.split(":")[0] for error in app.error] == ["nan.wav"]


def test_a_link_from_explore_filters(open_app: OpenApp) -> None:
    query = clips_query(["curated"], label="Bark", labels="several")
    app = open_app("clips", **query)
    assert count(app) == len(table(app)) == 3
    assert set(table(app)["Split"]) == {"Curated"}
    assert all("Bark" in labels.split(", ") and "," in labels for labels in table(app)["Labels"])


def test_a_link_to_a_length_range_is_inclusive(open_app: OpenApp, catalogue: pd.DataFrame) -> None:
    lengths = catalogue["num_frames"].sort_values()
    low, high = int(lengths.iloc[50]), int(lengths.iloc[55])
    app = open_app("clips", **clips_query(lengths=[low, high], unit="frames"))
    assert sorted(table(app)["Frames"]) == lengths[lengths.between(low, high)].tolist()
    assert {low, high} <= set(table(app)["Frames"])


@pytest.mark.parametrize("show", ["long", "short", "same"])
def test_a_link_to_one_kind_of_abnormal_length(open_app: OpenApp, show: str) -> None:
    note = {"long": "Long", "short": "Short", "same": "clips of this length"}
    assert table(open_app("clips", show=show))["Note"].str.contains(note[show]).all()


def test_parameters_that_make_no_sense_do_not_filter(open_app: OpenApp, catalogue: pd.DataFrame) -> None:
    app = open_app("clips", show="all", split="mars", label="Unicorn", min_frames="-3", labels="x", order="?")
    assert count(app) == len(catalogue)


def test_widgets_filter_and_order(open_app: OpenApp, catalogue: pd.DataFrame) -> None:
    app = open_app("clips")
    app.segmented_control(key="clips_show").set_value("all").run()
    assert count(app) == len(catalogue)
    assert table(app)["Frames"].tolist() == catalogue["num_frames"].nlargest(8).tolist()
    app.selectbox(key="clips_order").set_value("name").run()
    assert table(app)["File"].tolist() == sorted(catalogue["fname"])[:8]
    app.selectbox(key="clips_order").set_value("label").run()
    assert table(app)["Labels"].is_monotonic_increasing
    assert count(app) == len(catalogue)
    name = catalogue["fname"].iloc[100]
    app.text_input(key="clips_find").set_value(f" {name[2:6].upper()} ").run()
    assert name in set(table(app)["File"])
    assert count(app) < 5


def test_thresholds_can_be_set(open_app: OpenApp, catalogue: pd.DataFrame) -> None:
    app = open_app("clips", show="long")
    assert count(app) == 1
    app.number_input(key="clips_long_s").set_value(1.3).run()
    assert count(app) == (catalogue["duration_s"] > 1.3).sum()
    app.number_input(key="clips_long_s").set_value(None).run()
    assert count(app) == 1


def test_no_clip_left_is_said_with_a_way_on(open_app: OpenApp) -> None:
    app = open_app("clips", show="long", split="noisy")
    assert not app.exception
    assert not app.dataframe
    assert app.info[0].value == "No clip is longer than 56.69 s among those that the other filters leave."
    click(app, "Drop the other filters")
    assert table(app)["Frames"].tolist() == [ABNORMAL_NUM_FRAMES]
    app.number_input(key="clips_long_s").set_value(60.0).run()
    assert app.info[0].value == "No clip is longer than 60 s."
    click(app, "List all clips")
    assert count(app) > 200


def test_next_and_previous_step_through_the_table(open_app: OpenApp) -> None:
    app = open_app("clips")
    names = table(app)["File"].tolist()
    click(app, "Next")
    click(app, "Next")
    assert picked(app) == names[2]
    assert app.query_params["clip"] == f"curated/{names[2]}"
    click(app, "Previous")
    assert picked(app) == names[1]


def test_the_pick_survives_a_filter_that_keeps_it(open_app: OpenApp) -> None:
    app = open_app("clips")
    click(app, "Next")
    name = picked(app)
    app.segmented_control(key="clips_show").set_value("same").run()
    assert picked(app) == name
    app.segmented_control(key="clips_show").set_value("short").run()
    assert picked(app) == table(app)["File"].iloc[0] != name


def test_an_address_opens_what_it_was_copied_from(open_app: OpenApp) -> None:
    app = open_app("clips")
    app.segmented_control(key="clips_show").set_value("all").run()
    app.pills(key="clips_split").set_value(["noisy", "test"]).run()
    app.text_input(key="clips_find").set_value("a").run()
    app.selectbox(key="clips_order").set_value("shortest").run()
    click(app, "Next")
    query = {name: app.query_params[name] for name in app.query_params}
    copy = open_app("clips", **query)
    assert table(copy).equals(table(app))
    assert picked(copy) == picked(app) == table(app)["File"].iloc[1]


def test_a_bare_link_to_a_clip_of_usual_length_shows_it(open_app: OpenApp, catalogue: pd.DataFrame) -> None:
    clip = catalogue[catalogue["split"] == "test"].iloc[7]
    app = open_app("clips", clip=clip["clip_id"])
    assert picked(app) == clip["fname"]
    assert clip["fname"] in set(table(app)["File"])


def test_a_link_to_no_clip_opens_the_first(open_app: OpenApp) -> None:
    app = open_app("clips", show="abnormal", clip="curated/../../secret.wav")
    assert picked(app) == table(app)["File"].iloc[0]


def test_the_table_has_pages_and_shows_the_one_with_the_pick(
    open_app: OpenApp, catalogue: pd.DataFrame
) -> None:
    names = sorted(catalogue["fname"])
    app = open_app("clips", show="all", order="name")
    for _ in range(7):
        click(app, "Next")
    assert table(app)["File"].tolist() == names[:8]
    click(app, "Next")
    assert table(app)["File"].tolist() == names[8:16]
    assert picked(app) == names[8]
