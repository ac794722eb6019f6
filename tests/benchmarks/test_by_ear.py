"""The study of what YAMNet is worth before any training, on the small set."""

import json
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.studies import by_ear
from fsat_core.dataset import open_dataset, scan
from fsat_core.embedding import YAMNET, build_store, locate
from tests.helpers.embedders import lend_yamnet

pytestmark = pytest.mark.benchmarks


def test_its_figures(
    kaggle_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cache_dir = tmp_path / "cache"
    monkeypatch.setenv("FSAT_CACHE_DIR", str(cache_dir))
    lend_yamnet(cache_dir)
    dataset = open_dataset(kaggle_set)
    catalogue = scan(dataset, cache_dir)
    build_store(locate(dataset, catalogue, cache_dir, YAMNET), cache_dir)
    names = catalogue.loc[catalogue["split"] == "test", "fname"]
    truth, sources = tmp_path / "truth.csv", tmp_path / "sources.csv"
    labels = names.str.removeprefix("test_").str.removesuffix(".wav").str.capitalize()
    pd.DataFrame({"fname": names, "labels": labels}).to_csv(truth, index=False)
    catalogue[["fname"]].assign(source=catalogue["fname"]).to_csv(sources, index=False)
    table = kaggle_set / "train_curated.csv"  # the simulation is of clips with one label
    table.write_text("".join(line for line in table.read_text().splitlines(True) if '"' not in line))
    monkeypatch.setattr(by_ear, "DECISIONS", (4, 8))
    monkeypatch.setattr(by_ear, "NUM_SEEDS", 1)
    dataset = open_dataset(kaggle_set)
    build_store(locate(dataset, scan(dataset, cache_dir), cache_dir, YAMNET), cache_dir)
    assert by_ear.main([str(kaggle_set), "--truth", str(truth), "--sources", str(sources), "--json"]) == 0
    rows = {row["item"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows["chosen, with names"]) == {"item", "4", "8"}
    assert 0 <= rows["random, without, mean of 1"]["8"] <= 1
    assert "value" in rows["of the 5 nearest of other recordings, of the same class"]
