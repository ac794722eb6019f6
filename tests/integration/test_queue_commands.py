"""The commands about queues, decisions and label sets."""

import getpass
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fsat_core.cli import main
from fsat_core.labels import KINDS
from fsat_core.runs import Run
from fsat_core.settings import Settings

OK, WRONG_CALL = 0, 2
BARK = [f"curated/bark_{number}.wav" for number in range(3)]


@pytest.fixture(autouse=True)
def login_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "lou")


@pytest.fixture
def command(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command on the tiny set: `command("queues")`; what it printed, or its one line of error."""

    def run(*words: object, status: int = OK) -> str:
        capsys.readouterr()
        found = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert found == status, err
        if status == OK:
            return out
        assert out == ""
        (line,) = err.splitlines()
        return line

    return run


def as_json(command: Callable[..., str], *words: object) -> Any:
    return json.loads(command(*words, "--json"))


def test_decide_undo_and_history(command: Callable[..., str]) -> None:
    relabelled = as_json(command, "labels", "decide", BARK[0], "relabel", "--labels", "Meow", "--note", "hm")
    assert (
        relabelled.items()
        >= {
            "clip_id": BARK[0],
            "annotator": "lou",
            "action": "relabel",
            "labels": "Meow",
            "previous_labels": "Bark",
            "queue": "",
        }.items()
    )
    assert (
        command("labels", "decide", BARK[0], "accept", "--annotator", "ann") == f"ann accept {BARK[0]} Meow\n"
    )
    assert command("labels", "decide", BARK[0], "unsure") == f"lou unsure {BARK[0]}\n"
    assert command("labels", "decide", BARK[1], "remove") == f"lou remove {BARK[1]}\n"

    assert command("labels", "undo") == f"taken back: lou remove {BARK[1]}\n"
    undone = as_json(command, "labels", "undo", "--token", relabelled["token"])
    assert [row["labels"] for row in undone] == ["Meow"]
    assert command("labels", "undo", "--annotator", "zoe") == "Nothing to take back\n"

    history = as_json(command, "labels", "history", BARK[0])
    assert [(row["annotator"], row["action"]) for row in history] == [
        ("lou", "relabel"),
        ("ann", "accept"),
        ("lou", "unsure"),
        ("lou", "undo"),
    ]
    assert history[0]["note"] == "hm"
    first, second, *_ = command("labels", "history", BARK[0]).splitlines()
    assert f"lou relabel {BARK[0]} Meow (undone)  {relabelled['token']}" in first
    assert "(undone)" not in second
    assert command("labels", "history", BARK[2]) == "Nothing decided yet\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["curated/x.wav", "accept"], "No clip 'curated/x.wav' in the data set"),
        ([BARK[0], "relabel"], "Labels '' with the action relabel"),
        (
            [BARK[0], "relabel", "--labels", "Yodel"],
            "'Yodel' on curated/bark_0.wav is no class of the data set",
        ),
        ([BARK[0], "remove", "--labels", "Bark"], "Labels 'Bark' with the action remove"),
        ([BARK[0], "like"], "invalid choice: 'like'"),
        ([BARK[0], "accept", "--queue", "7"], "No queue 7"),
    ],
)
def test_impossible_decisions(command: Callable[..., str], words: list[str], message: str) -> None:
    assert message in command("labels", "decide", *words, status=WRONG_CALL)
    assert command("labels", "history", BARK[0]) == "Nothing decided yet\n"


def test_label_sets(command: Callable[..., str]) -> None:
    assert command("labels", "sets") == "No label set yet\n"
    command("labels", "decide", BARK[0], "relabel", "--labels", "Meow")
    command("labels", "decide", BARK[1], "remove", "--annotator", "ann")
    first = as_json(command, "labels", "sets", "make", "first")
    assert (first["name"], first["num_clips"], first["parent"]) == ("first", 17, None)
    assert first["rule"] == {"rule": "latest", "annotator": None, "adjudicator": None}
    assert as_json(command, "labels", "sets", "diff", "first") == [
        {"clip_id": BARK[0], "labels_a": "Bark", "labels_b": "Meow", "change": "relabelled"},
        {"clip_id": BARK[1], "labels_a": "Bark", "labels_b": "", "change": "removed"},
    ]

    words = (
        "labels",
        "sets",
        "make",
        "second",
        "--agree",
        "2",
        "--adjudicator",
        "lou",
        "--corrects",
        "first",
    )
    assert command(*words) == "Label set 'second' holds the labels of 18 clips\n"
    assert command("labels", "sets", "diff", "second", "--since", "first") == f"{BARK[1]}  - -> Bark\n"
    assert command("labels", "sets", "diff", "first", "--since", "first") == "No label differs\n"
    assert "'first' has these same labels already" in command("labels", "sets", "make", "third")
    only = as_json(command, "labels", "sets", "make", "anns", "--annotator", "ann")
    assert only["rule"]["annotator"] == "ann"

    assert [known["name"] for known in as_json(command, "labels", "sets")] == ["first", "second", "anns"]
    assert command("labels", "sets").splitlines()[1] == (
        "second  18 clips, Agreement of 2, adjudicated by lou, corrects first"
    )
    both = ("labels", "sets", "make", "x", "--agree", "2", "--annotator", "ann")
    assert "--agree 2 --annotator ann: expected one of them" in command(*both, status=WRONG_CALL)
    assert "No label set 'x'" in command("labels", "sets", "diff", "x", status=WRONG_CALL)


def test_a_queue_is_made_shown_and_worked_on(command: Callable[..., str], tmp_path: Path) -> None:
    assert command("queues") == "No queue yet\n"
    assert "No clip is left for a queue" in command("queues", "make", "disputes", status=WRONG_CALL)
    assert command("queues") == "No queue yet\n"
    clips = tmp_path / "clips.txt"
    clips.write_text("\n".join(BARK) + "\n")
    made = as_json(command, "queues", "make", "filter", "--clips", clips)
    assert (made["queue_id"], made["num_clips"], made["created_by"]) == (1, 3, "lou")
    command("labels", "decide", BARK[1], "accept", "--queue", "1")
    assert "in queue 1" in command(
        "labels", "decide", "curated/meow_0.wav", "unsure", "--queue", "1", status=2
    )

    shown = as_json(command, "queues", "show", "1")
    assert [row["clip_id"] for row in shown["clips"]] == BARK
    assert (shown["progress"]["done"], shown["progress"]["next_index"]) == (1, 0)
    lines = command("queues", "show", "1", "--top", "2").splitlines()
    assert lines[0].startswith("Chosen clips (3 clips): 1 of 3 done. ")
    assert [line.strip() for line in lines[1:]] == BARK[:2]
    assert command("queues") == "1  Chosen clips (3 clips): 1 of 3 done\n"
    assert ": 0 of 3 done." in command("queues", "--annotator", "ann", "show", "1")
    (listed,) = as_json(command, "queues", "--annotator", "ann")
    assert (listed["num_done"], listed["num_clips"]) == (0, 3)


def test_queues_of_other_kinds(
    command: Callable[..., str], finished_runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = finished_runs.values()
    runs = ("--runs", first.path.parent)
    suspect = as_json(command, "queues", "make", "suspect", "--run", first.run_id, "--limit", "2", *runs)
    assert (suspect["run_id"], suspect["num_clips"]) == (first.run_id, 2)
    between = as_json(
        command, "queues", "make", "disagreement", "--run", first.run_id, "--other", second.run_id, *runs
    )
    assert between["settings"]["others"] == [second.run_id]
    assert command("queues", "show", suspect["queue_id"], *runs).splitlines()[1].count(" -> ") == 1
    seeded = as_json(command, "queues", "make", "random", "--seed", "3", "--label", "Bark")
    assert (seeded["settings"]["seed"], seeded["settings"]["label"]) == (3, "Bark")
    none_silent = command("queues", "make", "silence", status=WRONG_CALL)  # by a deep scan
    assert "No clip is left for a queue of the kind 'silence'" in none_silent
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(f"{BARK[2]}\n\n".encode())))
    assert as_json(command, "queues", "make", "sent", "--clips", "-")["num_clips"] == 1


def test_kinds_of_queues(command: Callable[..., str]) -> None:
    rows = {row["kind"]: row for row in as_json(command, "queues", "kinds")}
    assert list(rows) == list(KINDS)
    assert rows["suspect"]["needs"] == ["run"]
    assert (rows["noisy"]["needs"], rows["noisy"]["takes_run"]) == (["label"], True)
    assert "abnormal_length" in command("queues", "kinds")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["make", "best"], "No kind of queue 'best'"),
        (["make", "suspect"], "needs a finished run"),
        (["make", "filter"], "needs a list of clips"),
        (["make", "filter", "--clips", "gone.txt"], "gone.txt cannot be read"),
        (["make", "suspect", "--run", "x"], "No run 'x'"),
        (["show", "9"], "No queue 9"),
        (["show", "1", "--top", "-1"], "--top -1: expected 0"),
        (["show", "first"], "invalid int value: 'first'"),
    ],
)
def test_wrong_calls(command: Callable[..., str], words: list[str], message: str) -> None:
    assert message in command("queues", *words, status=WRONG_CALL)


def test_queues_are_made_of_decisions_renamed_deleted_and_brought_back(
    command: Callable[..., str], tmp_path: Path
) -> None:
    command("labels", "decide", BARK[1], "remove", "--annotator", "ann")
    command("labels", "decide", BARK[2], "accept", "--labels", "Bark", "--annotator", "bo")
    made = as_json(command, "queues", "make", "decided", "--status", "removed", "--by", "ann")
    assert (made["num_clips"], made["settings"]["by"]) == (1, "ann")
    assert "No clip is left" in command(
        "queues", "make", "decided", "--since", "2999-01-31", status=WRONG_CALL
    )
    clips = tmp_path / "clips.txt"
    clips.write_text("\n".join(BARK))
    named = as_json(command, "queues", "make", "filter", "--clips", clips, "--name", "All barks")
    assert named["name"] == "All barks (3 clips)"
    number = named["queue_id"]
    command("labels", "decide", BARK[0], "unsure", "--queue", number)
    assert "'Dogs'" in command("queues", "rename", number, "Dogs")
    assert command("queues").splitlines()[0] == f"{number}  Dogs: 1 of 3 done"
    assert command("queues", "show", number).startswith("Dogs: 1 of 3 done.")
    command("queues", "delete", number)
    assert number not in [row["queue_id"] for row in as_json(command, "queues")]
    assert command("labels", "history", BARK[0]).strip(), "its decisions stay"
    command("queues", "restore", number)
    assert command("queues").splitlines()[0] == f"{number}  Dogs: 1 of 3 done"
    assert "No queue 99" in command("queues", "delete", 99, status=WRONG_CALL)
    assert "is called 'Dogs' already" in command(
        "queues", "rename", made["queue_id"], "Dogs", status=WRONG_CALL
    )
