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
from tests.helpers.clip_list import shown_list, table
from ui.shared.links import clips_query

OpenApp = Callable[..., AppTest]
ABNORMAL_NUM_FRAMES = 2_538_889  # the longest clips of FSDKaggle2019, and of the demo set


def facts(app: AppTest) -> list[str]:
    """What is said of the clip's file."""
    return app.main.caption[1].value.replace("\\", "").split(" · ")


def sounds(app: AppTest) -> list[str]:
    """The clips whose sounds are sent: the one that is shown, and those beside it that have been read."""
    return [audio.proto.alt for audio in app.get("audio")]


def pick(app: AppTest, row: int) -> None:
    """Pick a row, as the browser asks for it."""
    app.session_state["clips_pick"] = shown_list(app)["rows"][row][0]
    app.run()


def count(app: AppTest) -> int:
    """How many clips are listed."""
    assert not app.exception
    return int(app.main.caption[0].value.split(" ")[0].replace(",", ""))


def picked(app: AppTest) -> str:
    """The file name of the clip that is shown."""
    return app.main.header[0].value


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
    assert facts(app) == ["57.571 s", "2,538,889 frames", "44,100 Hz", "16 bits", "mono", "5.1 MB"]
    assert sounds(app).count(shown_list(app)["rows"][0][0]) == 1
    names = [element.proto.component_name for element in app.get("bidi_component")]
    assert {"fsat_clip_list", "fsat_player"} <= set(names)


@pytest.mark.parametrize(("kind", "fact"), [("stereo", "stereo"), ("24_bit", "24 bits"), ("silence", "mono")])
def test_odd_files_are_shown(open_app: OpenApp, demo_settings: Settings, kind: str, fact: str) -> None:
    name = odd_files(demo_settings)[kind][0]
    app = open_app("clips", clip=f"curated/{name}")
    assert not app.exception
    assert picked(app) == name
    assert fact in facts(app)
    assert sounds(app).count(f"curated/{name}") == 1


def test_an_unreadable_clip_is_one_line(open_app: OpenApp, demo_settings: Settings) -> None:
    name = odd_files(demo_settings)["truncated"][0]
    app = open_app("clips", show="unreadable")
    assert table(app)["File"].tolist() == [name]
    assert table(app)["Note"].tolist() == ["Cannot be read"]
    assert len(app.error) == 1
    assert app.error[0].value.startswith(name)
    assert "truncated" in app.error[0].value
    assert len(app.main.caption) == 1
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


def test_the_sound_of_the_next_clip_is_sent_once_it_has_been_read(
    open_app: OpenApp, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    app = open_app("clips", show="all", order="name")
    ids = [row[0] for row in shown_list(app)["rows"]]
    wait_until(lambda: sounds(app.run()) == ids[:2])
    pick(app, 1)
    wait_until(lambda: set(sounds(app.run())) == set(ids[:3]))
    assert [sounds(app).index(clip_id) for clip_id in ids[:3]] == [0, 1, 2], "each stays in its place"
    pick(app, 2)
    wait_until(lambda: sounds(app.run()) == [ids[3], ids[1], ids[2]])


def test_widgets_filter_and_order(open_app: OpenApp, catalogue: pd.DataFrame) -> None:
    app = open_app("clips")
    app.segmented_control(key="clips_show").set_value("all").run()
    assert count(app) == len(catalogue)
    assert table(app)["Frames"].tolist()[:8] == catalogue["num_frames"].nlargest(8).tolist()
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


def test_the_pick_survives_a_filter_that_keeps_it(open_app: OpenApp) -> None:
    app = open_app("clips")
    pick(app, 1)
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
    app.session_state["clips_order"] = "shortest"
    app.text_input(key="clips_find").set_value("e").run()
    pick(app, 1)
    app.text_input(key="clips_find").set_value("E").run()
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


def test_of_a_long_list_the_rows_around_the_pick_are_sent(open_app: OpenApp, catalogue: pd.DataFrame) -> None:
    by_name = catalogue.sort_values("fname")
    app = open_app("clips", show="all", order="name", clip=by_name["clip_id"].iloc[190])
    data = shown_list(app)
    assert (data["total"], data["at"], len(data["rows"])) == (len(catalogue), 190, 150)
    assert table(app)["File"].tolist() == by_name["fname"].tolist()[data["first"] : data["first"] + 150]
    assert data["first"] <= 190 < data["first"] + 150


def test_a_set_without_abnormal_lengths_opens_on_all_clips(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set" / "train_curated"
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        soundfile.write(folder / f"{name}.wav", np.full(16_000, 0.1, dtype=np.float32), 16_000)
    (tmp_path / "set" / "train_curated.csv").write_text("fname,labels\na.wav,Bark\nb.wav,Yell\n")
    monkeypatch.setenv("FSAT_DATA_DIR", str(tmp_path / "set"))
    assert table(open_app("clips"))["File"].tolist() == ["a.wav", "b.wav"]
    assert open_app("clips", show="abnormal").info[0].value == "No clip has an abnormal length."
