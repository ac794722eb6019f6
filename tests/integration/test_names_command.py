"""The commands names: AudioSet's names for the classes of a set, to a file, from one, and one by one."""

from pathlib import Path

from tests.helpers.commands import Command


def test_names_are_listed_changed_exported_and_imported(command: Command, tmp_path: Path) -> None:
    found = {row["label"]: row for row in command.json("names", "list")}
    assert found["Bark"] == {"label": "Bark", "names": ["Bark"], "source": "same name"}
    assert "4 of 4 classes have names in AudioSet." in command("names", "list")
    assert command.json("names", "set", "Knock", "Tap", "Thump, thud") == {"Knock": ["Tap", "Thump, thud"]}
    out = tmp_path / "names.csv"
    command("names", "export", out)
    assert 'Knock,"Thump, thud",yours' in out.read_text()
    assert command.json("names", "set", "Knock", "--reset") == {}
    assert command.json("names", "import", out) == {"Knock": ["Tap", "Thump, thud"]}
    command("names", "set", "Knock")
    assert "Without one: Knock." in command("names", "list")


def test_what_cannot_be_taken_is_a_line_each_and_changes_nothing(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("class,audioset_name\nKnock,Tap\nKnok,Tap\nKnock,Taap\nKnock,Tap\n")
    command("names", "import", path, status=2)
    lines = command.err.splitlines()
    assert [line.partition(":")[2].split(":")[0].strip() for line in lines[:3]] == [
        f"names.csv, line {number}" for number in (3, 4, 5)
    ]
    assert "3 rows of names.csv cannot be taken" in lines[3]
    assert len(lines) == 4
    assert command.json("names", "set", "Bark", "--reset") == {}
    assert "No class 'Barc'" in command.error("names", "set", "Barc", "Bark")
    assert "No name 'Barc' in AudioSet" in command.error("names", "set", "Bark", "Barc")
    assert "cannot be read" in command.error("names", "import", tmp_path / "gone.csv")
