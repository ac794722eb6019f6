"""The study of recipes: who is put together with whom, and its table. No network is trained."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.studies import recipes
from fsat_core.evaluation.scores import Scores

pytestmark = pytest.mark.benchmarks


def say_what_test_clips_are(kaggle_set: Path) -> None:
    names = pd.read_csv(kaggle_set / "sample_submission.csv")["fname"]
    pd.DataFrame({"fname": names, "labels": "Bark"}).to_csv(kaggle_set / "test_truth.csv", index=False)


def test_networks_of_one_recipe_and_seed_are_put_together(
    kaggle_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say_what_test_clips_are(kaggle_set)
    together: list[tuple[list[str], str]] = []

    def train(data: Path, work: Path, model: str, recipe: str, settings: Any, name: str) -> dict[str, Any]:
        run_id = f"{model}-{recipe}-{settings['seed']}-{settings.get('checkpoint', 'last')}"
        return {"run_id": run_id, "accuracy": 0.5, "test_accuracy": 0.25 * settings["seed"], "seconds": 60.0}

    def score(folders: list[Path], data: Path, how: str) -> Scores:
        together.append(([folder.name for folder in folders], how))
        return Scores(0.9, 0.875, 80)

    monkeypatch.setattr(recipes, "train_once", train)
    monkeypatch.setattr(recipes, "score_together", score)
    words = [str(kaggle_set), "--work", str(tmp_path / "work"), "--seeds", "1", "2"]
    words += ["--recipes", "strong checkpoint=average", "--models", "mfcc_cnn", "wave_cnn", "yamnet_head"]
    assert recipes.main(words) == 0
    for seed in (1, 2):
        names = [f"{model}-strong-{seed}-average" for model in ("mfcc_cnn", "wave_cnn", "yamnet_head")]
        for how in ("geometric", "weighted"):
            assert (names, how) in together
            assert (names[:2], how) in together
    printed = capsys.readouterr().out
    assert "| mfcc_cnn | 0.500 | 0.375 | 0.250, 0.500 | 60 |" in printed
    assert "| mfcc_cnn + wave_cnn, weighted |  | 0.875 | 0.875, 0.875 | 120 |" in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--recipes", "strong", "stronger"], "stronger"),
        (["--recipes", "strong no_such=1"], "no_such"),
        (["--models", "mfcc_cnn", "no_such_cnn"], "no_such_cnn"),
        ([], "test_truth.csv"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_trained(
    words: list[str], said: str, kaggle_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if words:
        say_what_test_clips_are(kaggle_set)
    assert recipes.main([str(kaggle_set), "--work", str(tmp_path / "work"), *words]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "work").exists()
