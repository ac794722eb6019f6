"""The study of copies, on the small set."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.studies import near_duplicates

pytestmark = pytest.mark.benchmarks


@pytest.mark.skipif(shutil.which("lame") is None, reason="there is no lame")
def test_its_figures(
    kaggle_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FSAT_CACHE_DIR", str(tmp_path))
    assert near_duplicates.main([str(kaggle_set), "--json"]) == 0
    *rows, last = json.loads(capsys.readouterr().out)
    assert [row["change"] for row in rows] == list(near_duplicates.CHANGES)
    assert all(0 <= row["first"] <= row["first_where_half_is_left"] <= 1 for row in rows)
    assert last["value"] > 0
