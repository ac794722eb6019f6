"""Folders of somebody's own: one for each class, clips without labels, and mixtures that mean nothing."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.dataset import clip_path, open_dataset, scan
from fsat_core.errors import DatasetError

WriteClips = Callable[..., Path]


@pytest.fixture
def write_clips(kaggle_set: Path, tmp_path: Path) -> WriteClips:
    """Writes a folder of clips: `write_clips("Bark/a.wav", "b.wav")` returns it."""

    def write(*names: str) -> Path:
        root = tmp_path / "own"
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(kaggle_set / "train_curated" / "bark_0.wav", root / name)
        return root

    return write


def test_a_folder_for_each_class(write_clips: WriteClips, tmp_path: Path) -> None:
    root = write_clips("Bark/a.wav", "Bark/b.wav", "Meow/a.wav", "test/c.wav")
    for _ in range(2):  # with a cache, too
        dataset = open_dataset(root)
        catalogue = scan(dataset, tmp_path / "cache").set_index("clip_id")
        assert catalogue["labels"].to_dict() == {
            "curated/Bark/a.wav": "Bark",
            "curated/Bark/b.wav": "Bark",
            "curated/Meow/a.wav": "Meow",
            "test/c.wav": "",
        }
        assert (dataset.layout, dataset.classes, dataset.warnings) == ("folders", ("Bark", "Meow"), ())
        assert catalogue["error"].eq("").all()
        assert all(clip_path(dataset, clip_id).is_file() for clip_id in catalogue.index)


def test_test_clips_may_lie_in_folders_too(write_clips: WriteClips) -> None:
    dataset = open_dataset(write_clips("Bark/a.wav", "Meow/a.wav", "Test/Bark/b.wav"))
    test = dataset.table.query("split == 'test'")
    assert test[["fname", "labels"]].to_numpy().tolist() == [["Bark/b.wav", "Bark"]]


def test_a_new_clip_of_a_class_is_found_and_one_that_goes_is_gone(
    write_clips: WriteClips, tmp_path: Path
) -> None:
    root = write_clips("Bark/a.wav", "Meow/a.wav")
    scan(open_dataset(root), tmp_path / "cache")
    (root / "Bark" / "a.wav").rename(root / "Meow" / "b.wav")
    write_clips("Bark/new.wav")
    catalogue = scan(open_dataset(root), tmp_path / "cache")
    assert catalogue["clip_id"].tolist() == [
        "curated/Bark/new.wav",
        "curated/Meow/a.wav",
        "curated/Meow/b.wav",
    ]
    assert catalogue["error"].eq("").all()


def test_what_else_is_there_is_said(write_clips: WriteClips) -> None:
    root = write_clips("Bark/a.wav", "Meow/a.wav", "meow/a.wav")
    (root / "Empty").mkdir()
    (root / ".git").mkdir()
    for name in ("README.txt", "Bark/notes.txt", "Bark/._a.wav", "Bark/older.wav/x"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    dataset = open_dataset(root)
    assert dataset.table["fname"].tolist() == ["Bark/a.wav", "Meow/a.wav", "meow/a.wav"]
    assert dataset.warnings == (
        "own: left out 1 folder (Empty), for no clip lies there.",
        "Meow and meow differ in capitals alone, and are 2 classes.",
        "own: left out what is not called as sound that is read (2 .txt, 1 folders).",
    )


def test_clips_without_labels(write_clips: WriteClips) -> None:
    dataset = open_dataset(write_clips("b.wav", "a.wav", "test/c.wav"))
    assert dataset.table.to_numpy().tolist() == [
        ["curated", "a.wav", ""],
        ["curated", "b.wav", ""],
        ["test", "c.wav", ""],
    ]
    assert (dataset.layout, dataset.classes, dataset.warnings) == ("clips", (), ())


def test_a_published_layout_keeps_its_meaning(write_clips: WriteClips) -> None:
    root = write_clips("Bark/a.wav", "Meow/a.wav", "b.wav", "train_noisy/c.wav", "test/d.wav")
    assert open_dataset(root).table["fname"].tolist() == ["c.wav", "d.wav"]
    shutil.rmtree(root)
    assert open_dataset(write_clips("test/a.wav")).layout == "kaggle"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("Bark/a.wav", "b.wav"), r"holds 1 clip \(b\.wav\) beside 1 folder \(Bark\) with clips in them: "),
        (("audio/a.wav",), r"one folder of clips, audio: expected .*point --data at .*own/audio\."),
        (("x/Bark/a.wav",), r"holds 1 folder \(x\): expected .*There is one in x: point --data at .*own/x\."),
        (("x/train_curated/a.wav",), r"There is one in x: point --data at .*own/x\."),
        (("Bark,Yell/a.wav", "Meow/a.wav"), r"folder 'Bark,Yell' has a comma in its name: .*Rename it"),
        ((" /a.wav", "Meow/a.wav"), r"folder ' ' has a blank name: "),
    ],
)
def test_a_mixture_is_one_clear_line(write_clips: WriteClips, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        open_dataset(write_clips(*names))
    assert "\n" not in str(caught.value)


def test_an_empty_folder_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No data set in .*, which holds nothing: expected train_curated"):
        open_dataset(tmp_path)
