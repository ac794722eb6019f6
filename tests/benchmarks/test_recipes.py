"""The study of recipes: who is put together with whom, and its table. No network is trained."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.studies import recipes
from fsat_core.evaluation.scores import Scores

pytestmark = pytest.mark.benchmarks


def test_networks_of_one_recipe_and_seed_are_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    together: list[list[str]] = []

    def train(data: Path, work: Path, model: str, recipe: str, settings: Any, name: str) -> dict[str, Any]:
        run_id = f"{model}-{recipe}-{settings['seed']}-{settings.get('checkpoint', 'last')}"
        return {"run_id": run_id, "accuracy": 0.5, "test_accuracy": 0.25 * settings["seed"], "seconds": 60.0}

    def score(folders: list[Path], data: Path) -> Scores:
        together.append([folder.name for folder in folders])
        return Scores(0.9, 0.875, 80)

    monkeypatch.setattr(recipes, "train_once", train)
    monkeypatch.setattr(recipes, "score_together", score)
    words = [str(tmp_path / "set"), "--work", str(tmp_path / "work"), "--seeds", "1", "2"]
    words += ["--recipes", "strong checkpoint=average", "--models", "mfcc_cnn", "wave_cnn", "yamnet_head"]
    assert recipes.main(words) == 0
    for seed in (1, 2):
        names = [f"{model}-strong-{seed}-average" for model in ("mfcc_cnn", "wave_cnn", "yamnet_head")]
        assert names in together
        assert names[:2] in together
    printed = capsys.readouterr().out
    assert "| mfcc_cnn | 0.500 | 0.375 | 0.250, 0.500 | 60 |" in printed
    assert "| mfcc_cnn + wave_cnn |  | 0.875 | 0.875, 0.875 | 120 |" in printed
