"""Pages and commands where YAMNet has not heard all clips, or what it heard is damaged: one line says so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.cli import main
from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import Place, locate
from fsat_core.labels import LabelStore, build_queue, save_queue
from fsat_core.settings import Settings
from tests.helpers.embedders import TINY, fill_store
from tests.helpers.label_page import board, remember

OpenApp = Callable[..., AppTest]
NOT_HERE = replace(TINY, is_here=lambda _: False)
ALL, SOME = "has to hear all 22 clips, with 32 MB to download", "YAMNet has heard 5 of 22 clips"


@pytest.fixture
def place(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where the store of the small set would be, of a network that is not here."""
    for module in ("ui.shared.ears", "ui.similar.nearest", "ui.predict.evidence"):
        monkeypatch.setattr(f"{module}.YAMNET", NOT_HERE)
    dataset = open_dataset(settings.data_dir)
    return locate(dataset, scan(dataset, settings.cache_dir), settings.cache_dir, NOT_HERE)


def offers(app: AppTest) -> list[str]:
    """The lines that say what is lacking; nothing else is wrong."""
    assert not app.exception
    assert not app.error
    return [element.value for element in app.markdown if "YAMNet" in element.value]


def hide_behind_file(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a file")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "other clips": lambda folder: np.save(folder / "counts.npy", np.load(folder / "counts.npy")[:9]),
    "layout": lambda folder: (folder / "layout.json").write_text("{"),
    "cut": lambda folder: (folder / "windows.npy").write_bytes((folder / "windows.npy").read_bytes()[:-9]),
    "folder": hide_behind_file,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_map_says_what_is_lacking(open_app: OpenApp, place: Place, damage: str) -> None:
    app = open_app("explore", tab="Map")
    (line,) = offers(app)
    assert ALL in line
    fill_store(place, 5)
    (line,) = offers(app.run())
    assert SOME in line
    DAMAGES[damage](place.folder)
    (line,) = offers(app.run())
    assert ALL in line


def test_a_map_of_other_clips_is_none(open_app: OpenApp, place: Place) -> None:
    np.save(fill_store(place).folder / "map.npy", np.zeros((3, 2), np.float32))
    app = open_app("explore", tab="Map")
    assert not offers(app)
    assert app.button(key="explore_map_draw")


def test_clips_plays_and_says_what_is_lacking(open_app: OpenApp, place: Place) -> None:
    app = open_app("clips", clip="curated/bark_0.wav", show="all")
    assert not offers(app)
    app.session_state["similar_clips"] = True
    (line,) = offers(app.run())
    assert ALL in line
    fill_store(place)
    DAMAGES["other clips"](place.folder)
    (line,) = offers(app.run())
    assert ALL in line


def test_label_decides_and_says_what_is_lacking(open_app: OpenApp, place: Place, settings: Settings) -> None:
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    with LabelStore.open(settings.database_url) as store:
        save_queue(store, build_queue("random", catalogue, created_by="ada"))
    app = remember(open_app("label"), "ada")
    (line,) = offers(app)
    assert ALL in line
    assert board(app)["infos"]["0"]["likely"] == []
    app.button(key="label_new").click().run()
    app.selectbox(key="label_form_kind").set_value("cold_start").run()
    assert all(ALL in line for line in offers(app))
    assert any("Such a queue goes by" in line for line in offers(app))
    app.button(key="label_form_make").click().run()
    assert not app.exception
    assert "needs a hearing of all clips" in app.error[0].value


@pytest.mark.parametrize(
    "words",
    [
        ["suspects", "--by", "embedding"],
        ["queues", "make", "cold_start"],
        ["similar", "train_curated/bark_0.wav"],
        ["train", "--model", "yamnet_head", "--recipe", "quick"],
        ["embed"],
    ],
)
def test_a_command_says_what_is_lacking_in_a_line(
    settings: Settings, words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.data_dir)
    assert main(words) == 2
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert printed.out == ""
    assert "Run `fsat embed`" in line or "Run `fsat pretrained` once" in line
