"""Every page on folders that cannot be written, on a test part alone, and on names that are no UTF-8."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fsat_core.dataset import open_dataset, scan
from fsat_core.labels import LabelStore, build_queue, save_queue
from fsat_core.runs import list_runs
from fsat_core.settings import Settings

OpenApp = Callable[..., AppTest]
PAGES = ("explore", "clips", "label", "train", "evaluate", "predict")


@pytest.mark.parametrize("page", PAGES)
def test_a_cache_that_cannot_be_written_is_said_beside_the_data_set(
    open_app: OpenApp, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "file"))
    app = open_app(page)
    assert not app.exception
    assert not app.error
    assert [line.value for line in app.sidebar.caption if "Nothing is kept in" in line.value]


@pytest.mark.parametrize("page", PAGES)
def test_no_place_for_the_demo_set_is_one_line(
    open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path / "file"))
    app = open_app(page)
    assert not app.exception
    (error,) = app.error
    assert "The demo set cannot be made in" in error.value


@pytest.mark.parametrize("page", PAGES)
def test_a_runs_folder_that_is_a_file_is_a_line_where_it_matters(
    open_app: OpenApp, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("FSAT_RUNS_DIR", str(tmp_path / "file"))
    app = open_app(page)
    assert not app.exception
    (line,) = (line.value for line in app.sidebar.caption if "Runs cannot be listed in" in line.value)
    assert "not a directory" in line
    assert str(tmp_path) not in line


@pytest.mark.parametrize("page", PAGES)
def test_a_test_part_alone_is_enough_for_every_page(open_app: OpenApp, settings: Settings, page: str) -> None:
    for name in ("train_curated", "train_noisy"):
        shutil.rmtree(settings.data_dir / name)
        (settings.data_dir / f"{name}.csv").unlink()
    app = open_app(page)
    assert not app.exception
    if page == "predict":
        assert not [button for button in app.button if button.label == "Train a network now"]
        assert "no labelled clip to train one on" in app.main.info[0].value


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("layout", ["folders", "clips"])
def test_folders_of_somebody_s_own_work_on_every_page(
    open_app: OpenApp, settings: Settings, tmp_path: Path, page: str, layout: str
) -> None:
    shutil.move(settings.data_dir / "train_curated", tmp_path / "clips")
    shutil.rmtree(settings.data_dir)
    for path in (tmp_path / "clips").iterdir():
        folder = settings.data_dir / (path.name.split("_")[0].title() if layout == "folders" else "")
        folder.mkdir(parents=True, exist_ok=True)
        path.rename(folder / path.name)
    app = open_app(page)
    assert not app.exception
    assert app.sidebar.header[0].value == "kaggle_set"
    classes = "4 classes" if layout == "folders" else "0 classes"
    assert f"14 clips, {classes}" in [text.value for text in app.sidebar.markdown]
    if page == "clips":
        assert app.get("audio")
    if page == "train":
        said = [error.value for error in (*app.error, *app.warning)]
        assert any("has labels to train on: give clips some" in line for line in said) == (layout == "clips")
    if page == "label":
        app.session_state["label_name_memory"] = {"kept": {"asked": True, "name": "ada"}}
        app.run()
        said = [line.value for line in app.info]
        assert any("names no classes" in line for line in said) == (layout == "clips")


def test_only_clips_with_labels_are_offered_for_training(
    open_app: OpenApp, settings: Settings, launched: list[str]
) -> None:
    (settings.data_dir / "train_curated.csv").unlink()
    app = open_app("predict")
    next(button for button in app.button if button.label == "Train a network now").click().run()
    assert not app.exception
    (run,) = list_runs(settings.runs_dir)
    assert (launched, list(run.config.splits)) == ([run.run_id], ["noisy"])


def test_a_set_without_labels_offers_no_training(open_app: OpenApp, settings: Settings) -> None:
    for name in ("train_curated.csv", "train_noisy.csv"):
        (settings.data_dir / name).unlink()
    app = open_app("predict")
    assert not app.exception
    assert "no labelled clip to train one on" in app.main.info[0].value


@pytest.mark.parametrize("page", PAGES)
def test_names_that_are_not_utf_8(open_app: OpenApp, settings: Settings, page: str) -> None:
    folder = settings.data_dir / "test"
    (settings.data_dir / "sample_submission.csv").unlink()
    (folder / "test_bark.wav").rename(os.fsdecode(os.fsencode(folder) + b"/modi\xe8.wav"))
    app = open_app(page)
    assert not app.exception
    if page == "label":
        catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
        with LabelStore.open(settings.database_url) as store:
            save_queue(
                store, build_queue("filter", catalogue, clip_ids=["test/modi\\xe8.wav"], created_by="ada")
            )
        app.session_state["label_name_memory"] = {"kept": {"asked": True, "name": "ada"}}
        app.run()
        assert not app.exception
        assert not app.error
        assert app.get("audio")
    if page == "clips":
        app = open_app(page, show="all", clip="test/modi\\xe8.wav")
        assert not app.exception
        assert not app.error
        assert app.get("audio")


@pytest.mark.parametrize("page", PAGES)
def test_folders_whose_names_are_not_utf_8(
    open_app: OpenApp, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    Path(odd).mkdir()
    settings.data_dir.rename(f"{odd}/set\udce9")
    for variable, name in (
        ("FSAT_DATA_DIR", "set\udce9"),
        ("FSAT_RUNS_DIR", "runs"),
        ("FSAT_CACHE_DIR", "cache"),
    ):
        monkeypatch.setenv(variable, f"{odd}/{name}")
    app = open_app(page)
    assert not app.exception
    assert not app.error
