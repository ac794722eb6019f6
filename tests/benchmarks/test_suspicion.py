"""The measurement of planted wrong labels among the most suspect clips."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.studies import suspicion
from fsat_core.runs import Run

SWAPPED = "fname,labels,true_labels\nb.wav,Bark,Knock\nd.wav,Knock,Bark\nx.wav,Knock,Bark\n"
DEMO = (
    "split,fname,labels,given_labels,kind\ncurated,b.wav,Knock,Bark,wrong\nnoisy,d.wav,Bark,Knock,wrong\n"
    "noisy,a.wav,Bark,Bark,correct\n"
)


@pytest.fixture
def run(predicted_run: Callable[..., Run]) -> Run:
    """Five clips, of which b and d are wrong; by suspicion their order is b, c, d, a, e."""
    return predicted_run(
        {
            "curated/a.wav": ("Bark", [0.7, 0.3]),
            "curated/b.wav": ("Bark", [0.1, 0.9]),
            "curated/c.wav": ("Bark", [0.2, 0.8]),
            "noisy/d.wav": ("Knock", [0.7, 0.3]),
            "noisy/e.wav": ("Knock", [0.1, 0.9]),
        }
    )


@pytest.mark.parametrize(("name", "table"), [("swapped.csv", SWAPPED), ("demo_truth.csv", DEMO)])
def test_recall_beside_random_order(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, table: str
) -> None:
    (tmp_path / name).write_text(table)
    assert suspicion.main([str(tmp_path), "--run", str(run.path), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "run_id": "run",
        "num_clips": 5,
        "num_wrong": 2,
        "found": 1,
        "recall": 0.5,
        "random": 0.4,
        "times_random": 1.25,
    }
    assert suspicion.main([str(tmp_path), "--run", str(run.path), str(run.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["| run | 5 | 2 | 1 | 0.500 | 0.400 | 1.250 |"] * 2


def test_a_clip_of_another_split_is_not_meant(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(DEMO.replace("noisy,d.wav", "curated,d.wav"))
    assert suspicion.measure(run, suspicion.read_wrong(path))["num_wrong"] == 1


@pytest.mark.parametrize(
    ("table", "part"),
    [
        (None, "has neither swapped.csv nor demo_truth.csv"),
        ("fname,labels\nb.wav,Bark\n", "does not say which labels are wrong"),
        ("fname,labels,true_labels\nz.wav,Bark,Knock\n", "None of the 5 clips of run"),
    ],
)
def test_wrong_input_is_one_line(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str | None, part: str
) -> None:
    if table is not None:
        (tmp_path / "swapped.csv").write_text(table)
    assert suspicion.main([str(tmp_path), "--run", str(run.path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert part in line
