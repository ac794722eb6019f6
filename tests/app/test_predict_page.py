"""Predict: uploads, the choice of networks, answers, and files or runs that cannot be used."""

import base64
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
import soundfile as sf
import streamlit as st
from streamlit.testing.v1 import AppTest

from fsat_core.audio.types import TYPES
from fsat_core.config.train_config import TrainConfig
from fsat_core.files import write_json
from fsat_core.prediction import ClipPrediction, predict_files
from fsat_core.runs import Run, RunStatus, list_runs
from fsat_core.settings import Settings
from ui.shared.texts import plain

OpenApp = Callable[..., AppTest]
UploadTo = Callable[..., AppTest]


@pytest.fixture
def runs(finished_runs: dict[str, Run], settings: Settings) -> dict[str, Run]:
    """A finished run of each dummy in the runs folder of the app, by model; may be changed."""
    copies = {}
    for model, run in finished_runs.items():
        copies[model] = Run(Path(shutil.copytree(run.path, settings.runs_dir / run.run_id)))
    return copies


@pytest.fixture
def clip(settings: Settings) -> bytes:
    """A test clip of the data set, as the content of its file."""
    return (settings.data_dir / "test" / "test_knock.wav").read_bytes()


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    for name, content in files:
        app.file_uploader(key="predict_files").upload(name, content)
    return app.run()


def wav(num_frames: int, sample_rate: int = 8_000) -> bytes:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).normal(0, 0.1, num_frames)
    sf.write(buffer, noise, sample_rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def table(app: AppTest) -> pd.DataFrame:
    return app.main.dataframe[0].value


def expected(content: bytes, runs: Sequence[Run], **options: Any) -> ClipPrediction:
    (answer,) = predict_files([("clip.wav", io.BytesIO(content))], runs, **options)
    return answer


def bars(app: AppTest) -> list[float]:
    """Probabilities in the chart of the likeliest classes."""
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    values = spec["data"][0]["x"]
    if isinstance(values, dict):  # Plotly packs arrays
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def test_without_a_network_it_offers_a_training(
    open_app: OpenApp, settings: Settings, clip: bytes, launched: list[str]
) -> None:
    app = open_app("predict")
    assert not app.exception
    assert "No trained network yet" in app.info[0].value
    assert "Open Train" in [link.value for link in app.main.page_link]
    next(button for button in app.button if button.label == "Train a network now").click().run()
    assert not app.exception
    (run,) = list_runs(settings.runs_dir)
    assert launched == [run.run_id]
    assert run.config == TrainConfig.from_recipe("mfcc_cnn", "starter")

    me = psutil.Process()
    status = RunStatus("training", me.pid, me.create_time(), epoch=3, num_folds=3, max_epochs=20)
    status.save(run.path / "status.json")
    upload(app, ("clip.wav", clip))
    assert not app.exception
    assert "as soon as the first fold is trained" in app.info[0].value
    assert app.main.progress[0].text.endswith("Fold 1 of 3, epoch 3 of 20")


def test_training_that_is_not_possible_is_one_line(
    open_app: OpenApp, settings: Settings, kaggle_set: Path
) -> None:
    train = kaggle_set / "train_curated.csv"
    train.write_text("\n".join(train.read_text().splitlines()[:2]) + "\n")
    app = open_app("predict")
    next(button for button in app.button if button.label == "Train a network now").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert list_runs(settings.runs_dir) == []


def test_upload_shows_the_likeliest_classes(open_app: OpenApp, runs: dict[str, Run], clip: bytes) -> None:
    app = open_app("predict")
    assert not app.exception
    assert "Drag in" in app.info[0].value
    chosen = app.multiselect(key="runs").value
    assert sorted(chosen) == sorted(run.run_id for run in runs.values()), "the best run of each network"
    upload(app, ("clip.wav", clip))
    assert not app.exception
    assert not app.error
    by_id = {run.run_id: run for run in runs.values()}
    answer = expected(clip, [by_id[run_id] for run_id in chosen])
    row = table(app).iloc[0]
    assert (row["Clip"], row["Class"]) == ("clip.wav", answer.top(1)[0][0])
    assert row["Probability"] == pytest.approx(100 * answer.top(1)[0][1])
    np.testing.assert_allclose(bars(app), [value for _, value in answer.top(5)])
    assert app.get("audio")
    assert app.get("download_button")


def test_choice_of_runs_folds_and_combination_decides(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes
) -> None:
    run = runs["mfcc_dummy"]
    app = upload(open_app("predict", runs=run.run_id), ("clip.wav", clip))
    assert not app.exception
    assert app.multiselect(key="runs").value == [run.run_id]
    both = expected(clip, [run])
    np.testing.assert_allclose(bars(app), [value for _, value in both.top(5)])
    app.pills(key=f"folds-{run.run_id}-2").set_value([1]).run()
    second = expected(clip, [run], folds={run.run_id: [1]})
    np.testing.assert_allclose(bars(app), [value for _, value in second.top(5)])
    assert bars(app) != pytest.approx([value for _, value in both.top(5)])
    app.pills(key=f"folds-{run.run_id}-2").set_value([0, 1]).run()
    app.segmented_control(key="predict_combine").set_value("arithmetic").run()
    arithmetic = expected(clip, [run], combine="arithmetic")
    np.testing.assert_allclose(bars(app), [value for _, value in arithmetic.top(5)])


def test_weights_are_used_where_they_are_known(open_app: OpenApp, runs: dict[str, Run], clip: bytes) -> None:
    mfcc, wave = runs.values()
    app = upload(open_app("predict"), ("clip.wav", clip))
    assert app.segmented_control(key="predict_combine").value == "weighted"
    assert any(
        line.value.startswith("Weights") and plain("wave_dummy ") in line.value for line in app.caption
    )
    together = expected(clip, [mfcc, wave], combine="weighted").probabilities
    assert bars(app) == pytest.approx(sorted(together, reverse=True), abs=1e-5)

    (wave.path / "oof.parquet").unlink()  # as of a run that has not finished
    app.run()
    combination = app.segmented_control(key="predict_combine")
    assert (combination.value, len(combination.options)) == ("geometric", 2)
    together = expected(clip, [mfcc, wave]).probabilities
    assert bars(app) == pytest.approx(sorted(together, reverse=True), abs=1e-5)
    assert not app.error


def test_no_run_or_no_fold_is_asked_for(open_app: OpenApp, runs: dict[str, Run], clip: bytes) -> None:
    run = runs["mfcc_dummy"]
    app = upload(open_app("predict", runs=run.run_id), ("clip.wav", clip))
    app.pills(key=f"folds-{run.run_id}-2").set_value([]).run()
    assert not app.exception
    assert "Choose at least one run" in app.info[0].value
    app.multiselect(key="runs").set_value([]).run()
    assert not app.exception
    assert "Choose at least one run" in app.info[0].value


@pytest.mark.parametrize(
    "content", [b"", b"just text", wav(8_000)[:5_000]], ids=["empty", "text", "truncated"]
)
def test_bad_file_is_one_line_and_the_others_are_answered(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes, content: bytes
) -> None:
    app = upload(open_app("predict"), ("bad.wav", content), ("good.wav", clip))
    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value.startswith("bad.wav")
    assert table(app)["Class"].tolist()[0] == "cannot be read"
    assert "good.wav" in [heading.value for heading in app.main.header], "the one that can be read is shown"
    assert bars(app)


def test_every_type_that_is_read_is_taken(open_app: OpenApp, runs: dict[str, Run]) -> None:
    taken = open_app("predict").file_uploader(key="predict_files").proto.type
    assert {f".{name}" for name in TYPES} <= set(taken)


def test_the_longest_clip_is_said_and_a_longer_one_is_one_line(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FSAT_MAX_CLIP_S", "3600")
    app = open_app("predict")
    assert any("Each of at most 1 h;" in caption.value for caption in app.caption)
    monkeypatch.setenv("FSAT_MAX_CLIP_S", "60")
    upload(app, ("long.wav", wav(61 * 8_000)), ("good.wav", clip))
    assert not app.exception
    (error,) = app.error
    assert error.value.startswith("long.wav: 61 s of sound, expected at most 60 s")
    assert bars(app)


def test_a_clip_that_lacks_a_little_is_answered_with_a_warning(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes
) -> None:
    app = upload(open_app("predict"), ("cut.wav", clip[:-16]))
    assert not app.exception
    assert not app.error
    assert bars(app)
    assert [text.value for text in app.text if "promises" in text.value] == [
        f"The header promises {(len(clip) - 44) // 2:,} frames and the file holds "
        f"{(len(clip) - 60) // 2:,}; what is there is used."
    ]


def test_only_bad_files(open_app: OpenApp, runs: dict[str, Run]) -> None:
    app = upload(open_app("predict"), ("bad.wav", b"just text"))
    assert not app.exception
    assert len(app.error) == 1
    assert not app.get("plotly_chart")


def test_two_files_of_one_name_are_told_apart(open_app: OpenApp, runs: dict[str, Run], clip: bytes) -> None:
    app = upload(open_app("predict"), ("a.wav", clip), ("a.wav", wav(4_000)), ("a.wav", b"just text"))
    assert not app.exception
    assert table(app)["Clip"].tolist() == ["a.wav", "a.wav (2)", "a.wav (3)"]
    assert table(app)["Length in s"].tolist()[1] == pytest.approx(0.5)
    assert [error.value.split(":")[0] for error in app.error] == ["a.wav (3)"]


def test_long_clip_is_followed_over_time(open_app: OpenApp, runs: dict[str, Run]) -> None:
    app = upload(open_app("predict"), ("short.wav", wav(4_000)))
    assert len(app.get("plotly_chart")) == 1
    app = upload(app, ("long.wav", wav(20_000)))
    assert not app.exception
    assert "long.wav" in [heading.value for heading in app.main.header], "the newest file is shown"
    assert len(app.get("plotly_chart")) == 2


def test_recording_is_answered_too(open_app: OpenApp, runs: dict[str, Run], clip: bytes) -> None:
    app = open_app("predict")
    app.audio_input(key="predict_recording").upload("recording.wav", clip).run()
    assert not app.exception
    assert table(app)["Clip"].tolist() == ["Recording"]


def test_a_head_whose_pretrained_network_is_missing_is_left_out(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes
) -> None:
    dummy, head = runs["mfcc_dummy"], runs["wave_dummy"]
    config = TrainConfig.from_recipe("yamnet_head", "quick")
    config.save(head.path / "config.json")
    write_json(head.path / "features.json", config.feature_spec.to_json())
    app = upload(open_app("predict", runs=[dummy.run_id, head.run_id]), ("a.wav", clip))
    assert not app.exception
    assert not app.error
    (line,) = [text.value for text in app.main.caption if plain(head.run_id) in text.value]
    assert "Run `fsat pretrained` once" in line
    assert bars(app) == pytest.approx(bars(upload(open_app("predict", runs=dummy.run_id), ("a.wav", clip))))
    app = upload(open_app("predict", runs=head.run_id), ("a.wav", clip))
    (error,) = app.error
    assert error.value.startswith(f"No answer of {plain(head.run_id)}: yamnet, which it builds on, is not")


def test_nothing_is_computed_twice(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []

    def counting(files: Sequence[tuple[str, Any]], *args: Any, **options: Any) -> list[ClipPrediction]:
        names.extend(name for name, _ in files)
        return predict_files(files, *args, **options)

    monkeypatch.setattr("ui.predict.answers.predict_files", counting)
    st.cache_data.clear()  # other tests ask the same networks about the same clip
    run = runs["mfcc_dummy"]
    app = upload(open_app("predict", runs=run.run_id), ("a.wav", clip))
    app.run()
    assert names == ["a.wav"]
    upload(app, ("b.wav", wav(4_000)), ("same.wav", clip))
    assert names == ["a.wav", "b.wav"]
    assert table(app)["Clip"].tolist() == ["b.wav", "same.wav"]
    network = run.path / "members.onnx"
    later = network.stat().st_mtime_ns + 1_000_000_000
    os.utime(network, ns=(later, later))
    app.run()
    assert names == ["a.wav", "b.wav", "b.wav", "same.wav"], "a network that was replaced answers anew"


def test_missing_network_is_one_line(open_app: OpenApp, runs: dict[str, Run], clip: bytes) -> None:
    run = runs["mfcc_dummy"]
    (run.fold_dir(1) / "best.keras").unlink()
    app = upload(open_app("predict", runs=run.run_id), ("a.wav", clip))
    assert not app.exception
    assert len(app.error) == 1
    assert "fold_01/best.keras is missing" in app.error[0].value
    app.pills(key=f"folds-{run.run_id}-2").set_value([0]).run()
    assert not app.error
    assert bars(app)


def test_unknown_run_in_the_url_is_one_line(open_app: OpenApp, runs: dict[str, Run]) -> None:
    app = open_app("predict", runs="20200101-000000-mfcc_cnn-0000")
    assert not app.exception
    assert len(app.error) == 1
    assert "No run '20200101-000000-mfcc_cnn-0000'" in app.error[0].value
    assert app.multiselect(key="runs").value


def test_run_without_a_saved_fold_is_one_line(
    open_app: OpenApp, runs: dict[str, Run], new_run: Callable[..., Run]
) -> None:
    app = open_app("predict", runs=new_run().run_id)
    assert not app.exception
    assert len(app.error) == 1
    assert "has no saved fold" in app.error[0].value


def zipped(*members: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def test_the_clips_of_a_zip_are_tagged_beside_others(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes
) -> None:
    archive = zipped(
        ("x/test_knock.wav", clip), ("odd.wav", b"just text"), ("notes.txt", b"x"), ("a.wav", wav(9_000))
    )
    app = upload(open_app("predict"), ("a.wav", wav(4_000)), ("clips.zip", archive), ("broken.zip", b"PK"))
    assert not app.exception
    assert table(app)["Clip"].tolist() == ["a.wav", "x/test_knock.wav", "odd.wav", "a.wav (2)"]
    assert len(app.error) == 1
    assert app.error[0].value.startswith("odd.wav: ")
    said = [caption.value for caption in app.caption]
    assert any("clips.zip: left out 1 file (1 .txt)." in line for line in said)
    assert any("broken.zip: cannot be read as a ZIP" in line for line in said)
    assert "Send to labelling" in [button.label for button in app.button]  # a clip of the set is in the ZIP
    app.session_state["predict_clip"] = "x/test_knock.wav"
    app.run()
    assert not app.exception
    assert app.main.header[0].value == "x/test_knock.wav"
    assert app.get("audio")


def test_work_that_was_stopped_shows_what_is_known_and_goes_on(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def counting(files: Sequence[tuple[str, Any]], *args: Any, **options: Any) -> list[ClipPrediction]:
        asked.append(files[0][0])
        return predict_files(files, *args, **options)

    monkeypatch.setattr("ui.predict.answers.predict_files", counting)
    app = upload(open_app("predict"), ("a.wav", clip))
    files = [("a.wav", clip), ("b.wav", wav(4_000)), ("c.wav", wav(5_000))]
    monkeypatch.setattr("ui.predict.answers._is_stopped", lambda work: True)
    app = upload(app, *files)
    assert asked == ["a.wav"]
    assert table(app)["Clip"].tolist() == ["a.wav"]
    assert any("Stopped: 1 of 3 clips are answered." in caption.value for caption in app.caption)
    monkeypatch.setattr("ui.predict.answers._is_stopped", lambda work: False)
    app.button(key="predict_go_on").click().run()
    assert asked == ["a.wav", "b.wav", "c.wav"]
    assert table(app)["Clip"].tolist() == ["a.wav", "b.wav", "c.wav"]


def test_of_many_odd_files_the_first_are_said_and_all_are_listed(
    open_app: OpenApp, runs: dict[str, Run], clip: bytes
) -> None:
    archive = zipped(*((f"{i}.wav", b"text") for i in range(15)), ("good.wav", clip))
    app = upload(open_app("predict"), ("clips.zip", archive))
    assert not app.exception
    assert len(app.error) == 12
    assert [expander.label for expander in app.expander if "All 15 files" in expander.label]
