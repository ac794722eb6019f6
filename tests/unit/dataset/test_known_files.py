"""Which of some files are clips of a data set."""

import shutil
from pathlib import Path

from fsat_core.dataset import clip_path, open_dataset, scan
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.known_files import File, clips_among


def file(name: str, content: bytes) -> File:
    return File(name, len(content), content.__eq__)


def test_a_clip_is_known_by_its_name_and_content(kaggle_set: Path, tmp_path: Path) -> None:
    dataset = open_dataset(kaggle_set)
    catalogue = scan(dataset, tmp_path / "cache")
    one, other, gone = catalogue["clip_id"].iloc[:3]
    content = {clip_id: clip_path(dataset, clip_id).read_bytes() for clip_id in (one, other, gone)}
    name = {clip_id: clip_path(dataset, clip_id).name for clip_id in content}
    clip_path(dataset, gone).unlink()
    changed = content[other][:-1] + bytes([content[other][-1] ^ 1])
    files = [
        file("Recording", b"RIFF"),
        file(name[one], content[one]),
        file(name[other], changed),  # of the same length
        file(name[gone], content[gone]),
        file("renamed.wav", content[other]),
        file(name[one], content[one]),
    ]
    assert clips_among(files, dataset, hold_catalogue(catalogue)) == [one]
    assert clips_among([file(name[other], content[other])], dataset, hold_catalogue(catalogue)) == [other]


def test_a_clip_in_the_folder_of_its_class_is_known(kaggle_set: Path, tmp_path: Path) -> None:
    for name in ("Bark", "Meow"):
        (tmp_path / "own" / name).mkdir(parents=True)
        shutil.copy(kaggle_set / "train_curated" / f"{name.lower()}_0.wav", tmp_path / "own" / name / "a.wav")
    dataset = open_dataset(tmp_path / "own")
    content = clip_path(dataset, "curated/Meow/a.wav").read_bytes()
    catalogue = scan(dataset, tmp_path / "cache")
    assert clips_among([file("a.wav", content)], dataset, hold_catalogue(catalogue)) == ["curated/Meow/a.wav"]


def test_a_clip_whose_table_leaves_the_suffix_out_is_known(kaggle_set: Path, tmp_path: Path) -> None:
    table = kaggle_set / "train_curated.csv"
    table.write_text(table.read_text().replace("bark_0.wav", "bark_0"))
    dataset = open_dataset(kaggle_set)
    catalogue = scan(dataset, tmp_path / "cache")
    content = clip_path(dataset, "curated/bark_0").read_bytes()
    assert clips_among([file("bark_0.wav", content)], dataset, hold_catalogue(catalogue)) == [
        "curated/bark_0"
    ]
    assert clips_among([file("bark_0.mp3", content)], dataset, hold_catalogue(catalogue)) == []
