"""The commands about labels: the deep scan, suspects, import, export, agreement."""

import getpass
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from fsat_core.dataset import open_dataset, scan
from fsat_core.evaluation.label_quality import rank
from fsat_core.labels import Decision, LabelStore, LatestRule, create_label_set, resolve
from fsat_core.runs import Run
from fsat_core.settings import Settings
from tests.helpers.commands import WRONG_CALL, Command
from tests.helpers.embedders import lend_yamnet


@pytest.fixture
def decide(settings: Settings) -> Callable[..., None]:
    """Adds decisions to the label database: `decide(Decision(...), ...)`."""

    def add(*decisions: Decision) -> None:
        with LabelStore.open(settings.database_url) as store:
            store.add_many(decisions)

    return add


def test_deep_scan(command: Command, settings: Settings) -> None:
    folder = settings.data_dir / "train_curated"
    sf.write(folder / "bark_0.wav", np.zeros(800), 8_000)
    sf.write(folder / "bark_1.wav", np.ones(800), 8_000)
    (folder / "bark_2.wav").write_bytes((folder / "knock_0.wav").read_bytes())
    assert "deep" not in command.json("scan")
    answer = command.json("scan", "--deep")
    assert answer["deep"] == {"num_silent": 1, "num_clipped": 1, "num_duplicates": 2}
    assert answer["num_clips"] == 22
    text = command("scan", "--deep")
    assert "1 silent, 1 clipped, 2 with the sound of another clip" in text.splitlines()[-1]


def test_deep_scan_counts_what_only_decoding_shows(command: Command, settings: Settings) -> None:
    sf.write(settings.data_dir / "test" / "test_bark.wav", np.array([np.nan]), 8_000, subtype="FLOAT")
    assert command.json("scan")["num_errors"] == 0
    assert command.json("scan", "--deep")["num_errors"] == 1


def test_suspects(command: Command, finished_runs: dict[str, Run]) -> None:
    run = finished_runs["mfcc_dummy"]
    words = ("suspects", "--run", run.run_id, "--runs", run.path.parent)
    rows = command.json(*words)
    expected = rank(run)[["clip_id", "labels", "score", "suggested"]]
    assert rows == expected.to_dict("records")
    assert len(rows) == 12
    assert command.json(*words, "--top", "3") == rows[:3]
    assert command.json(*words, "--top", "0") == rows
    first = rows[0]
    (line,) = command(*words, "--top", "1").splitlines()
    assert line == f"{first['clip_id']}  {first['score']:.3f}  {first['labels']} -> {first['suggested']}"
    assert "--top -1: expected 0" in command.error(*words, "--top", "-1")


def test_suspects_of_an_unfinished_run(command: Command, new_run: Callable[..., Run]) -> None:
    assert "has no oof.parquet" in command.error("suspects", "--run", new_run().run_id)
    assert "No run 'nope'" in command.error("suspects", "--run", "nope")


def test_suspects_before_any_training(command: Command, settings: Settings) -> None:
    assert "expected --run RUN_ID, or --by embedding" in command.error("suspects")
    assert "expected one of them" in command.error("suspects", "--by", "embedding", "--run", "x")
    assert "fsat embed" in command.error("suspects", "--by", "embedding")
    lend_yamnet(settings.cache_dir)
    command("embed")
    rows = command.json("suspects", "--by", "embedding")
    assert {row["clip_id"].partition("/")[0] for row in rows} <= {"curated", "noisy"}
    assert [row["score"] for row in rows] == sorted(row["score"] for row in rows)
    assert command.json("suspects", "--by", "embedding", "--top", "2") == rows[:2]


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_an_export_that_is_imported_again_changes_nothing(
    command: Command, tmp_path: Path, decide: Callable[..., None], suffix: str
) -> None:
    decide(
        Decision("curated/bark_0.wav", "ann", "relabel", "Meow"),
        Decision("curated/bark_1.wav", "bo", "remove"),
        Decision("curated/bark_2.wav", "bo", "relabel", "Knock,Bark"),
    )
    out = tmp_path / f"labels.{suffix}"
    answer = command.json("labels", "export", out)
    assert answer == {"out": str(out), "num_clips": 17, "num_removed": 1, "num_relabelled": 2}
    text = out.read_text()
    assert ("bark_0.wav,Meow\n" if suffix == "csv" else '"bark_0.wav": "Meow"') in text
    again = command.json("labels", "import", out, "--annotator", "cy")
    num = 18 if suffix == "json" else 17
    counts = ("num_relabelled", "num_removed", "num_accepted", "num_unchanged")
    assert [again[name] for name in counts] == [0, 0, num, 0]
    twice = command.json("labels", "import", out, "--annotator", "cy")
    assert [twice[name] for name in counts] == [0, 0, 0, num]
    changes = command.json("labels", "import", out, "--annotator", "dee", "--changes-only")
    assert [changes[name] for name in counts] == [0, 0, 0, num]
    assert len(command.json("clips", "--by", "cy")) == num
    assert command("labels", "export", out).startswith(f"17 clips in {out}, 2 of them relabelled; 1 removed")
    assert out.read_text() == text


def test_an_export_of_one_annotator(command: Command, tmp_path: Path, decide: Callable[..., None]) -> None:
    decide(
        Decision("curated/bark_0.wav", "ann", "relabel", "Meow"),
        Decision("curated/bark_0.wav", "bo", "remove"),
    )
    command("labels", "export", tmp_path / "ann.json", "--annotator", "ann")
    assert json.loads((tmp_path / "ann.json").read_text())["bark_0.wav"] == "Meow"


def test_an_export_of_one_annotator_without_what_another_has_taken_back(
    command: Command, tmp_path: Path, decide: Callable[..., None], settings: Settings
) -> None:
    decide(Decision("curated/bark_0.wav", "ann", "relabel", "Meow", token="one"))
    decide(Decision("curated/bark_1.wav", "ann", "relabel", "Meow", token="two"))
    with LabelStore.open(settings.database_url) as store:
        store.undo("ann", "one", by="eve")
    words = ("labels", "export", tmp_path / "ann.csv", "--annotator", "ann", "--details")
    assert command.json(*words)["num_decisions"] == 1


def test_an_export_of_a_label_set(
    command: Command, tmp_path: Path, decide: Callable[..., None], settings: Settings
) -> None:
    decide(Decision("curated/bark_0.wav", "ann", "relabel", "Meow"))
    catalogue = scan(open_dataset(settings.data_dir), settings.cache_dir)
    with LabelStore.open(settings.database_url) as store:
        create_label_set(
            store, "first", resolve(store.decisions(), catalogue, LatestRule()), rule=LatestRule()
        )
    decide(Decision("curated/bark_0.wav", "ann", "remove"))
    command("labels", "export", tmp_path / "first.json", "--label-set", "first")
    assert json.loads((tmp_path / "first.json").read_text())["bark_0.wav"] == "Meow"
    command("labels", "export", tmp_path / "now.json")
    assert json.loads((tmp_path / "now.json").read_text())["bark_0.wav"] == "remove"
    assert "No label set 'second'" in command.error(
        "labels", "export", tmp_path / "x.json", "--label-set", "second"
    )


def test_an_import_is_one_batch_of_decisions(command: Command, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "new.json"
    path.write_text('{"bark_0.wav": "Meow", "bark_1.wav": "remove", "bark_2.wav": "Bark"}')
    text = command("labels", "import", path, "--annotator", "ann")
    assert text == "3 decisions of ann stored: 2 changes, 1 accepted as they are, 0 as decided before\n"
    with LabelStore.open(settings.database_url) as store:
        stored = store.decisions()
        assert stored["annotator"].tolist() == ["ann", "ann", "ann"]
        assert stored["action"].tolist() == ["relabel", "remove", "accept"]
        assert len(store.undo("ann")) == 3


def test_a_dry_run_only_lists_what_would_change(command: Command, tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "new.json"
    path.write_text('{"bark_0.wav": "Meow", "bark_1.wav": "remove", "bark_2.wav": "Bark", "x.wav": "Bark"}')
    words = ("labels", "import", path, "--annotator", "ann", "--dry-run", "--skip-unknown")
    value = command.json(*words)
    assert [(row["clip_id"], row["action"], row["labels"]) for row in value["changes"]] == [
        ("curated/bark_0.wav", "relabel", "Meow"),
        ("curated/bark_1.wav", "remove", ""),
    ]
    assert command(*words).splitlines() == [
        "2 clips would change, 1 accepted as they are, 0 as decided before",
        "  curated/bark_0.wav  Bark -> Meow",
        "  curated/bark_1.wav  Bark -> remove",
        "Skipped 1 unknown clip: x.wav",
    ]
    with LabelStore.open(settings.database_url) as store:
        assert store.decisions().empty


def test_an_export_of_one_split(command: Command, tmp_path: Path, decide: Callable[..., None]) -> None:
    decide(Decision("curated/bark_0.wav", "ann", "remove"))
    out = tmp_path / "noisy.csv"
    answer = command.json("labels", "export", out, "--split", "noisy")
    assert answer == {"out": str(out), "num_clips": 4, "num_removed": 0, "num_relabelled": 0}
    assert len(out.read_text().splitlines()) == 1 + 4


def test_an_import_without_a_name_is_by_the_login_name(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "lou")
    path = tmp_path / "new.csv"
    path.write_text("fname,labels\nbark_0.wav,Meow\n")
    assert command.json("labels", "import", path)["annotator"] == "lou"

    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert "--annotator NAME" in command.error("labels", "import", path)


def test_an_import_with_unknown_names_changes_nothing(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "new.json"
    clips = {f"clip_{number:02d}.wav": "Bark" for number in range(30)}
    path.write_text(json.dumps({"bark_0.wav": "Meow", "bark_1.wav": "Yodel", **clips}))
    command("labels", "import", path, "--annotator", "ann", status=WRONG_CALL)
    line = command.err.splitlines()[-1]
    assert "30 unknown clips" in line
    assert "'Yodel'" in line
    assert [name for name in clips if name not in command.err] == []
    assert command.json("labels", "export", tmp_path / "out.csv")["num_relabelled"] == 0

    answer = command.json("labels", "import", path, "--annotator", "ann", "--skip-unknown")
    assert answer == {
        "annotator": "ann",
        "num_relabelled": 1,
        "num_removed": 0,
        "num_accepted": 0,
        "num_unchanged": 0,
        "unknown_clips": list(clips),
        "unknown_classes": ["Yodel"],
        "ambiguous": [],
        "warnings": [],
    }
    text = command("labels", "import", path, "--annotator", "ann", "--skip-unknown")
    assert "Skipped 1 unknown class: Yodel" in text


def test_denials_and_details_by_command(command: Command, tmp_path: Path) -> None:
    ann, clip = ("--annotator", "ann"), "curated/bark_0.wav"
    command("labels", "decide", clip, "relabel", "--labels=-Bark", *ann)
    assert "ann relabel curated/bark_0.wav -Bark" in command("labels", "history", clip)
    made = command.json("labels", "decide", clip, "relabel", "--labels", "Meow,-Knock", *ann)
    assert (made["labels"], made["denied"]) == ("Meow", "Bark,Knock")
    wrong = ("labels", "decide", clip, "relabel", "--labels", "Meow,-Yodel")
    assert "'-Yodel' on curated/bark_0.wav is no class" in command.error(*wrong)
    out = tmp_path / "decisions.csv"
    assert command.json("labels", "export", out, "--details") == {"out": str(out), "num_decisions": 2}
    assert command("labels", "import", out) == "0 decisions stored, 2 were there already\n"
    both = command.error("labels", "export", out, "--details", "--label-set", "first")
    assert "a label set has no decisions" in both


def test_agreement(command: Command, decide: Callable[..., None]) -> None:
    assert command("labels", "agreement") == "No two annotators share a clip\n"
    for number, labels in enumerate(("Bark", "Bark", "Meow", "Meow")):
        clip_id = f"curated/bark_{number}.wav"
        decide(
            Decision(clip_id, "ann", "relabel", labels),
            Decision(clip_id, "bo", "relabel", "Bark" if number == 3 else labels),
            Decision(clip_id, "cy", "relabel", "Bark"),
        )
    answer = command.json("labels", "agreement")
    assert answer["num_disputes"] == 2
    assert [(row["annotator_a"], row["annotator_b"]) for row in answer["pairs"]] == [
        ("ann", "bo"),
        ("ann", "cy"),
        ("bo", "cy"),
    ]
    first = answer["pairs"][0]
    assert (first["num_clips"], first["agreed"], first["kappa"]) == (4, 0.75, pytest.approx(0.5))
    assert {row["label"] for row in answer["classes"]} == {"Bark", "Meow"}
    lines = command("labels", "agreement").splitlines()
    assert lines[0] == "ann and bo: 4 clips, 75% alike, kappa 0.50"
    assert lines[-1] == "2 clips are disputed"
    of_bo = command.json("labels", "agreement", "--annotator", "bo")
    assert len(of_bo["pairs"]) == 2
    assert all("bo" in (row["annotator_a"], row["annotator_b"]) for row in of_bo["classes"])


def test_an_undefined_kappa_is_null(command: Command, decide: Callable[..., None]) -> None:
    decide(*(Decision("curated/bark_0.wav", who, "accept", "Bark") for who in ("ann", "bo")))
    assert command.json("labels", "agreement")["pairs"][0]["kappa"] is None
    assert "kappa undefined" in command("labels", "agreement")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["import"], "required: FILE. See fsat labels import --help"),
        (["export"], "required: FILE. See fsat labels export --help"),
        ([], "required: COMMAND. See fsat labels --help"),
        (["agreement", "a.csv"], "Unknown here: a.csv. See fsat labels agreement --help"),
        (
            ["import", "a.csv", "--label-set", "x"],
            "Unknown here: --label-set x. See fsat labels import --help",
        ),
        (
            ["export", "a.csv", "--skip-unknown"],
            "Unknown here: --skip-unknown. See fsat labels export --help",
        ),
        (["export", "a.csv", "--label-set", "x", "--annotator", "ann"], "--annotator: not allowed with"),
        (["import", "a.csv"], "a.csv cannot be read"),
        (["export", "a.txt"], "expected a name that ends in .csv or .json"),
    ],
)
def test_wrong_calls(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], part: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert part in command.error("labels", *words)


def test_the_data_folder_is_never_written_to(command: Command, settings: Settings) -> None:
    source = settings.data_dir / "train_curated.csv"
    before = source.read_bytes()
    assert "is in the data folder" in command.error("labels", "export", source)
    assert source.read_bytes() == before
