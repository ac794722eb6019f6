"""Tagging files with saved folds: answers like those of training, by one run or several, odd files too."""

import io
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from fsat_core.audio.blocks import MonoWave
from fsat_core.errors import RunError
from fsat_core.files import write_json
from fsat_core.prediction import predict_files, together, weigh_probabilities
from fsat_core.prediction.run_table import RunTable
from fsat_core.prediction.stacking import Weights, fit_weights
from fsat_core.prediction.together import weights_of
from fsat_core.runs import Run

MODELS = ("mfcc_dummy", "wave_dummy")
TOLERANCE = {"mfcc_dummy": 1e-5, "wave_dummy": 2e-3}  # training reads waves from a cache of 16 bits
SAMPLE_RATE = 8_000


@pytest.fixture(params=MODELS)
def run(request: pytest.FixtureRequest, finished_runs: dict[str, Run]) -> Run:
    return finished_runs[request.param]


@pytest.fixture
def copy_run(finished_runs: dict[str, Run], tmp_path: Path) -> Callable[[str], Run]:
    """A copy of a finished run that may be changed."""
    return lambda model: Run(
        Path(shutil.copytree(finished_runs[model].path, tmp_path / finished_runs[model].run_id))
    )


def audio_of(run: Run, clip_id: str) -> Path:
    split, fname = clip_id.split("/")
    return run.data_dir / {"curated": "train_curated", "test": "test"}[split] / fname


def medley(run: Run) -> np.ndarray:
    """All test clips one after the other, 2 s of them."""
    waves = [sf.read(audio_of(run, clip_id))[0] for clip_id in run.test_clips()]
    return np.concatenate(waves)[: 2 * SAMPLE_RATE]


def test_out_of_fold_predictions_are_those_of_the_fold_that_held_the_clip_out(run: Run) -> None:
    oof = pd.read_parquet(run.path / "oof.parquet").set_index("clip_id")
    for fold, rows in run.labels().groupby("fold"):
        files = [(clip_id, audio_of(run, clip_id)) for clip_id in rows["clip_id"]]
        for clip in predict_files(files, [run], {run.run_id: [int(fold)]}):
            expected = oof.loc[clip.name, run.classes].to_numpy()
            np.testing.assert_allclose(clip.probabilities, expected, atol=TOLERANCE[run.config.model])


def test_test_predictions_are_the_geometric_mean_of_all_folds(run: Run) -> None:
    test = pd.read_parquet(run.path / "test.parquet")
    files = [(clip_id, audio_of(run, clip_id)) for clip_id in test["clip_id"]]
    predicted = np.stack([clip.probabilities for clip in predict_files(files, [run])])
    tolerance = TOLERANCE[run.config.model]
    np.testing.assert_allclose(predicted, test[run.classes].to_numpy(), atol=tolerance)
    for fold in run.folds:
        one = np.stack([clip.probabilities for clip in predict_files(files, [run], {run.run_id: [fold]})])
        np.testing.assert_allclose(one, np.load(run.fold_dir(fold) / "test.npy"), atol=tolerance)


def test_members_and_combination(run: Run) -> None:
    files = [("bark", audio_of(run, "test/test_bark.wav"))]
    (clip,) = predict_files(files, [run])
    assert clip.labels == run.classes
    assert clip.members == [f"{run.run_id} fold 0", f"{run.run_id} fold 1"]
    geometric = np.sqrt(clip.per_member.prod(axis=0))
    np.testing.assert_allclose(clip.probabilities, geometric / geometric.sum(), rtol=1e-5)
    (clip,) = predict_files(files, [run], combine="arithmetic")
    np.testing.assert_allclose(clip.probabilities, clip.per_member.mean(axis=0), rtol=1e-5)


def test_top_is_sorted_and_names_the_classes(run: Run) -> None:
    (clip,) = predict_files([("bark", audio_of(run, "test/test_bark.wav"))], [run])
    top = clip.top(2)
    assert [probability for _, probability in top] == sorted(clip.probabilities, reverse=True)[:2]
    assert top[0][0] == run.classes[int(np.argmax(clip.probabilities))]


def test_networks_on_both_kinds_of_features_answer_together(finished_runs: dict[str, Run]) -> None:
    runs = [finished_runs[model] for model in MODELS]
    (clip,) = predict_files([("bark", audio_of(runs[0], "test/test_bark.wav"))], runs)
    assert clip.per_member.shape == (4, 3)
    assert [member.split("-")[2] for member in clip.members] == [name for name in MODELS for _ in range(2)]
    assert clip.probabilities.sum() == pytest.approx(1)


def test_in_the_weighted_mean_the_folds_of_a_run_share_its_weight(finished_runs: dict[str, Run]) -> None:
    runs = [finished_runs[model] for model in MODELS]
    files = [("bark", audio_of(runs[0], "test/test_bark.wav"))]
    (clip,) = predict_files(files, runs, combine="weighted")
    weights = np.repeat(weights_of(runs) / 2, 2)
    np.testing.assert_allclose(clip.probabilities, weigh_probabilities(clip.per_member, weights))
    assert clip.over_time.sum(axis=1) == pytest.approx(1)
    (clip,) = predict_files(files, runs[:1], combine="weighted")
    (plain,) = predict_files(files, runs[:1])
    np.testing.assert_allclose(clip.probabilities, plain.probabilities, atol=1e-3)


def test_weights_need_what_runs_said_out_of_fold(
    finished_runs: dict[str, Run], copy_run: Callable[[str], Run]
) -> None:
    first, second = finished_runs["mfcc_dummy"], copy_run("wave_dummy")
    (second.path / "oof.parquet").unlink()
    with pytest.raises(RunError, match=r"has no oof\.parquet"):
        predict_files([("bark", audio_of(first, "test/test_bark.wav"))], [first, second], combine="weighted")


def test_weights_are_learned_once_until_a_run_changes(
    copy_run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [copy_run(model) for model in MODELS]
    learned: list[list[str]] = []

    def counting(table: RunTable) -> Weights:
        learned.append(table.run_ids)
        return fit_weights(table)

    monkeypatch.setattr(together, "fit_weights", counting)
    first = weights_of(runs)
    np.testing.assert_array_equal(weights_of([Run(run.path) for run in runs]), first)
    assert len(learned) == 1
    weights_of(runs[::-1])
    os.utime(runs[0].path / "oof.parquet", (1, 1))
    np.testing.assert_array_equal(weights_of(runs), first)
    assert len(learned) == 3


def test_classes_are_the_union_of_the_runs(
    finished_runs: dict[str, Run], copy_run: Callable[[str], Run]
) -> None:
    first, second = finished_runs["mfcc_dummy"], copy_run("wave_dummy")
    write_json(second.path / "classes.json", ["Zebra", "Meow", "Bark"])
    (clip,) = predict_files([("bark", audio_of(first, "test/test_bark.wav"))], [first, second])
    assert clip.labels == ["Bark", "Knock", "Meow", "Zebra"]
    np.testing.assert_array_equal(np.isnan(clip.per_member[:2]).all(axis=0), [False, False, False, True])
    np.testing.assert_array_equal(np.isnan(clip.per_member[2:]).all(axis=0), [False, True, False, False])
    assert np.isfinite(clip.probabilities).all()
    assert clip.probabilities.sum() == pytest.approx(1)


def test_with_several_labels_probabilities_are_not_scaled(copy_run: Callable[[str], Run]) -> None:
    run = copy_run("mfcc_dummy")
    (run.path / "config.json").write_text((run.path / "config.json").read_text().replace("single", "multi"))
    (clip,) = predict_files([("bark", audio_of(run, "test/test_bark.wav"))], [Run(run.path)])
    np.testing.assert_allclose(clip.probabilities, np.sqrt(clip.per_member.prod(axis=0)), rtol=1e-5)


def test_a_long_clip_is_tagged_by_all_its_windows(run: Run, tmp_path: Path) -> None:
    sf.write(tmp_path / "long.wav", medley(run), SAMPLE_RATE)
    (clip,) = predict_files([("long", tmp_path / "long.wav")], [run], {run.run_id: [0]})
    np.testing.assert_allclose(clip.window_starts_s, np.arange(0, 1.51, 0.25))
    assert (clip.window_s, clip.duration_s) == (0.5, 2.0)
    assert clip.over_time.shape == (7, 3)
    np.testing.assert_allclose(clip.over_time.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(clip.over_time.mean(axis=0), clip.per_member[0], atol=1e-5)


def test_a_window_of_a_long_clip_answers_for_its_part(finished_runs: dict[str, Run], tmp_path: Path) -> None:
    run = finished_runs["mfcc_dummy"]
    wave = medley(run)
    sf.write(tmp_path / "long.wav", wave, SAMPLE_RATE, subtype="FLOAT")
    sf.write(tmp_path / "part.wav", wave[6_000:10_000], SAMPLE_RATE, subtype="FLOAT")
    long, part = predict_files([(name, tmp_path / f"{name}.wav") for name in ("long", "part")], [run])
    np.testing.assert_allclose(part.probabilities, long.over_time[3], atol=1e-5)
    assert np.abs(long.over_time[3] - long.over_time[0]).max() > 0.01


@pytest.mark.parametrize("rate", [SAMPLE_RATE, 22_050])
def test_a_clip_in_blocks_is_answered_as_in_one(
    finished_runs: dict[str, Run], tmp_path: Path, rate: int
) -> None:
    runs = [finished_runs[model] for model in MODELS]
    rng = np.random.default_rng(0)
    levels = np.repeat(rng.choice([1e-6, 0.01, 1], 40), rate)  # some seconds are silent beside the others
    sf.write(tmp_path / "long.wav", 0.3 * levels * rng.uniform(-1, 1, len(levels)), rate, subtype="FLOAT")
    files = [("long", tmp_path / "long.wav")]
    (whole,), (in_blocks,) = (
        predict_files(files, runs, read=partial(MonoWave, block=block, keep=keep))
        for block, keep in ((1 << 22, 1 << 22), (5_000, 0))
    )
    assert 64 < len(whole.window_starts_s) < 159
    for name in ("probabilities", "per_member", "window_starts_s", "over_time"):
        np.testing.assert_array_equal(getattr(in_blocks, name), getattr(whole, name))
    assert in_blocks.duration_s == whole.duration_s == 40


def test_too_little_memory_is_the_error_of_one_file(finished_runs: dict[str, Run]) -> None:
    run = finished_runs["mfcc_dummy"]
    good = audio_of(run, "test/test_bark.wav")

    def read(source: Path | BinaryIO) -> MonoWave:
        if source == Path("large.wav"):
            raise MemoryError
        return MonoWave(source)

    first, second = predict_files([("large.wav", Path("large.wav")), ("good.wav", good)], [run], read=read)
    assert first.error.startswith("large.wav: needs more memory than there is")
    assert second.error == ""


def test_a_very_short_clip_is_one_window(run: Run, tmp_path: Path) -> None:
    sf.write(tmp_path / "click.wav", medley(run)[100:103], SAMPLE_RATE)
    (clip,) = predict_files([("click", tmp_path / "click.wav")], [run])
    assert clip.error == ""
    assert clip.over_time.shape == (1, 3)
    assert clip.probabilities.sum() == pytest.approx(1)


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3"])
def test_formats_channels_and_rates_of_uploads(run: Run, suffix: str) -> None:
    upload = io.BytesIO()
    sf.write(upload, np.random.default_rng(0).uniform(-0.5, 0.5, (44_100, 2)), 44_100, format=suffix)
    (clip,) = predict_files([(f"clip.{suffix}", upload)], [run])
    assert clip.error == ""
    assert clip.duration_s == pytest.approx(1.0, abs=0.06)
    assert clip.probabilities.sum() == pytest.approx(1)


def test_unreadable_files_are_listed_among_the_others(run: Run, tmp_path: Path) -> None:
    good = audio_of(run, "test/test_bark.wav")
    (tmp_path / "cut.wav").write_bytes(good.read_bytes()[:2_000])
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("hello, this is a text file\n")
    paths = [good, *(tmp_path / f"{name}.wav" for name in ("cut", "empty", "text", "gone")), good]
    reports: list[tuple[int, int]] = []
    files = [(path.name, path) for path in paths]
    clips = predict_files(files, [run], progress=lambda done, total: reports.append((done, total)))
    reasons = ["", "truncated", "empty", "text file", "cannot be opened", ""]
    for clip, reason in zip(clips, reasons, strict=True):
        assert reason in clip.error
        assert bool(clip.error) == bool(reason)
        assert "\n" not in clip.error
        assert len(clip.top(3)) == (0 if reason else 3)
    assert reports == [(done, 6) for done in range(1, 7)]


def test_two_files_of_one_name_are_told_apart(finished_runs: dict[str, Run]) -> None:
    run = finished_runs["mfcc_dummy"]
    bark, knock = (audio_of(run, f"test/test_{name}.wav") for name in ("bark", "knock"))
    clips = predict_files([("clip.wav", bark), ("clip.wav", knock), ("other.wav", bark)], [run])
    assert [clip.name for clip in clips] == ["clip.wav", "clip.wav (2)", "other.wav"]
    np.testing.assert_array_equal(clips[0].probabilities, clips[2].probabilities)
    assert not np.array_equal(clips[0].probabilities, clips[1].probabilities)


def test_no_run_no_answer() -> None:
    with pytest.raises(RunError, match="No run was chosen"):
        predict_files([], [])


def test_a_run_without_a_fold_no_answer(new_run: Callable[..., Run]) -> None:
    with pytest.raises(RunError, match=r"\(queued\) has no saved fold"):
        predict_files([], [new_run()])


def test_a_fold_that_a_finished_run_has_lost_is_not_left_out(copy_run: Callable[[str], Run]) -> None:
    run = copy_run("mfcc_dummy")
    shutil.rmtree(run.fold_dir(1))
    with pytest.raises(RunError, match=r"fold_01/best\.keras is missing"):
        predict_files([], [run])
    (clip,) = predict_files([("bark", audio_of(run, "test/test_bark.wav"))], [run], {run.run_id: run.folds})
    assert clip.members == [f"{run.run_id} fold 0"]


def test_an_unfinished_run_answers_with_the_folds_it_has(copy_run: Callable[[str], Run]) -> None:
    run = copy_run("mfcc_dummy")
    status = run.status
    status.state = "cancelled"
    status.save(run.path / "status.json")
    shutil.rmtree(run.fold_dir(0))
    (clip,) = predict_files([("bark", audio_of(run, "test/test_bark.wav"))], [run])
    assert clip.members == [f"{run.run_id} fold 1"]


def test_a_fold_that_does_not_exist(run: Run) -> None:
    with pytest.raises(RunError, match=r"fold_07/best\.keras is missing"):
        predict_files([], [run], {run.run_id: [7]})
