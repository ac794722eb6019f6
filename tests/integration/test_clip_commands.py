"""`clips` and `statistics`: what the pages Clips and Explore list and count."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from fsat_core.cli import main
from fsat_core.dataset import open_dataset, scan
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.statistics import class_counts
from fsat_core.settings import Settings

OK, WRONG_CALL = 0, 2


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], settings: Settings) -> Callable[..., str]:
    """Runs a command on the tiny set, one clip of which is long: its output, or its one line of error."""
    sf.write(settings.data_dir / "train_curated" / "bark_1.wav", np.full(80_000, 0.1), 8_000)

    def run(*words: object, status: int = OK) -> str:
        capsys.readouterr()
        found = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert found == status, err
        return err if status else out

    return run


def as_json(call: Callable[..., str], *words: object) -> Any:
    return json.loads(call(*words, "--json"))


def ids(call: Callable[..., str], *words: object) -> list[str]:
    return call("clips", *words, "--ids").split()


def test_abnormal_clips_come_first(call: Callable[..., str]) -> None:
    words = ("clips", "--long-s", "6", "--short-s", "0.001")
    (row,) = as_json(call, *words, "--show", "long")
    assert (row["clip_id"], row["labels"], row["num_frames"]) == ("curated/bark_1.wav", "Bark", 80_000)
    assert (row["long"], row["short"], row["duration_s"]) == (True, False, 10.0)
    abnormal = as_json(call, *words)
    assert all(row["long"] or row["short"] or row["num_same"] for row in abnormal)
    assert abnormal[0]["clip_id"] == "curated/bark_1.wav"
    lines = call(*words, "--show", "long").splitlines()
    assert lines == ["1 of 22 clips", "curated/bark_1.wav  10.000 s  Bark  Long"]


def test_filters(call: Callable[..., str]) -> None:
    everything = ids(call, "--show", "all")
    assert (len(everything), everything[0]) == (22, "curated/bark_1.wav")
    noisy = ids(call, "--split", "noisy")
    assert sorted(noisy) == sorted(clip_id for clip_id in everything if clip_id.startswith("noisy/"))
    assert len(ids(call, "--split", "noisy", "--split", "test")) == 8
    several = as_json(call, "clips", "--labels", "several")
    assert all("," in row["labels"] for row in several)
    assert len(several) == 2
    barks = as_json(call, "clips", "--label", "Bark", "--order", "name")
    assert [row["fname"] for row in barks] == sorted(row["fname"] for row in barks)
    assert all("Bark" in row["labels"] for row in barks)
    assert ids(call, "--find", "BARK_1") == ["curated/bark_1.wav"]
    assert ids(call, "--min-frames", "80000", "--max-frames", "80000") == ["curated/bark_1.wav"]
    assert ids(call, "--show", "unreadable") == []
    assert ids(call, "--show", "all", "--order", "shortest")[-1] == "curated/bark_1.wav"


def test_how_many_are_listed(call: Callable[..., str]) -> None:
    assert len(call("clips", "--show", "all").splitlines()) == 1 + 20
    assert len(call("clips", "--show", "all", "--top", "3").splitlines()) == 1 + 3
    assert len(as_json(call, "clips", "--show", "all")) == 22
    assert as_json(call, "clips", "--show", "all", "--ids") == ids(call, "--show", "all")


def test_listed_clips_become_a_queue(
    call: Callable[..., str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings.runs_dir / "clips.txt"
    path.parent.mkdir()
    path.write_text(call("clips", "--split", "noisy", "--ids"))
    made = as_json(call, "queues", "make", "filter", "--clips", path, "--annotator", "ann")
    assert made["num_clips"] == 4


def test_statistics(call: Callable[..., str], settings: Settings) -> None:
    value = as_json(call, "statistics")
    assert value["num_clips"] == 22
    counts = class_counts(hold_catalogue(scan(open_dataset(settings.data_dir), settings.cache_dir)))
    assert [row["class"] for row in value["classes"]] == counts.index.tolist()
    assert [row["curated"] for row in value["classes"]] == counts["curated"].tolist()
    assert sum(row["clips"] for row in value["labels_per_clip"]) == 22
    (pair,) = value["pairs"]
    assert (set(pair["classes"]), pair["num_clips"]) == ({"Bark", "Meow"}, 2)
    lengths = value["lengths"]
    assert (lengths["unit"], lengths["edges"][-1]) == ("seconds", 10.0)
    assert (sum(lengths["train"]), sum(lengths["test"])) == (18, 4)
    text = call("statistics")
    assert "Largest: " in text
    assert "occur together, most often Bark with Meow (2 clips)" in text


def test_statistics_of_a_part(call: Callable[..., str]) -> None:
    part = as_json(call, "statistics", "--split", "curated", "--labels", "single", "--unit", "frames")
    assert (part["num_clips"], part["pairs"]) == (12, [])
    assert part["lengths"]["edges"][-1] == 80_000
    unknown = as_json(call, "statistics", "--split", "test")
    assert unknown["classes"] == []
    assert "No clip is left" in call(
        "statistics", "--split", "test", "--labels", "several", status=WRONG_CALL
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["clips", "--label", "Yodel"], "--label Yodel: expected one of the"),
        (["clips", "--show", "odd"], "invalid choice: 'odd'"),
        (["clips", "--top", "-1"], "--top -1: expected 0"),
        (["clips", "--min-frames", "few"], "invalid int value: 'few'"),
        (["statistics", "--split", "x"], "invalid choice: 'x'"),
    ],
)
def test_wrong_calls(call: Callable[..., str], words: list[str], message: str) -> None:
    (line,) = call(*words, status=WRONG_CALL).splitlines()
    assert message in line


def test_clips_and_statistics_by_what_was_decided(call: Callable[..., str]) -> None:
    call("labels", "decide", "curated/bark_0.wav", "relabel", "--labels", "Meow", "--annotator", "ann")
    call("labels", "decide", "curated/bark_1.wav", "remove", "--annotator", "bo")
    call("labels", "decide", "curated/bark_0.wav", "accept", "--labels", "Bark", "--annotator", "bo")
    assert ids(call, "--status", "disputed") == ["curated/bark_0.wav"]
    assert ids(call, "--status", "relabelled", "--by", "ann") == ["curated/bark_0.wav"]
    assert sorted(ids(call, "--by", "bo")) == ["curated/bark_0.wav", "curated/bark_1.wav"]
    assert ids(call, "--since", "2020-01-31", "--order", "latest")[0] == "curated/bark_0.wav"
    assert ids(call, "--since", "2999-01-31") == []
    assert len(ids(call, "--status", "undecided", "--status", "removed")) == 21
    row = as_json(call, "clips", "--status", "disputed")[0]
    assert (row["status"], row["decided_by"], row["labels"]) == ("disputed", "ann, bo", "Bark")
    assert "disputed by ann, bo" in call("clips", "--status", "disputed")
    mine = as_json(call, "clips", "--find", "bark_0", "--whose", "mine", "--annotator", "ann")
    assert {row["fname"]: row["labels"] for row in mine}["bark_0.wav"] == "Meow"
    assert as_json(call, "statistics", "--whose", "everybody")["num_clips"] == 21
    assert as_json(call, "statistics", "--whose", "tables")["num_clips"] == 22
    assert "expected tables, mine" in call("statistics", "--whose", "nobody", status=WRONG_CALL)
    assert "2026-01-31" in call("clips", "--since", "yesterday", status=WRONG_CALL)
