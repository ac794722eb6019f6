"""What only one layout has, and data folders that are none."""

from pathlib import Path

import pytest

from fsat_core.dataset import open_dataset
from fsat_core.errors import DatasetError


def test_kaggle_classes_are_the_header_of_the_submission(kaggle_set: Path) -> None:
    (kaggle_set / "sample_submission.csv").write_text(
        "fname,Siren,Meow,Knock,Bark,Yell\ntest_bark.wav,0,0,0,0,0\n"
    )
    dataset = open_dataset(kaggle_set)
    assert dataset.classes == ("Siren", "Meow", "Knock", "Bark", "Yell")
    assert list(dataset.table.columns) == ["split", "fname", "labels"]
    assert dataset.table.query("split == 'test'")["labels"].tolist() == [""]


def test_kaggle_without_a_submission_has_the_classes_of_its_labels(kaggle_set: Path) -> None:
    (kaggle_set / "sample_submission.csv").unlink()
    dataset = open_dataset(kaggle_set)
    assert dataset.classes == ("Bark", "Knock", "Meow", "Siren")
    assert dataset.table.query("split == 'test'")["fname"].is_monotonic_increasing


def test_label_with_no_class_names_label_clip_and_table(kaggle_set: Path) -> None:
    table = kaggle_set / "train_curated.csv"
    table.write_text(table.read_text() + 'bark_9.wav,"Bark,Barkk"\nbark_8.wav,Yodel\n')
    with pytest.raises(DatasetError) as caught:
        open_dataset(kaggle_set)
    message = str(caught.value)
    assert message.startswith("2 label(s) with no class: 'Barkk' (first in curated/bark_9.wav), 'Yodel'")
    assert "4 classes in the header of sample_submission.csv" in message
    assert "\n" not in message


def test_many_labels_with_no_class_are_counted(kaggle_set: Path) -> None:
    table = kaggle_set / "train_curated.csv"
    rows = "".join(f"new_{i}.wav,New_{i}\n" for i in range(5))
    table.write_text(table.read_text() + rows)
    with pytest.raises(DatasetError, match=r"5 label\(s\) with no class: 'New_0'.*'New_2'.* and 2 more"):
        open_dataset(kaggle_set)


def test_zenodo_keeps_the_public_private_column(zenodo_set: Path) -> None:
    test = open_dataset(zenodo_set).table.query("split == 'test'")
    assert test["usage"].tolist() == ["Private", "Public", "Private", "Public"]
    assert test["labels"].tolist() == ["Bark", "Knock", "Meow", "Siren"]


def test_marker_makes_it_the_demo_set(kaggle_set: Path) -> None:
    assert open_dataset(kaggle_set).name == "kaggle_set"
    (kaggle_set / "DEMO").touch()
    assert open_dataset(kaggle_set).is_demo
    assert open_dataset(kaggle_set).name == "Demo set"


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No data folder at .*nowhere: expected .*FSAT_DATA_DIR"):
        open_dataset(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "set.zip").touch()
    with pytest.raises(DatasetError, match="No data folder at"):
        open_dataset(tmp_path / "set.zip")


def test_folder_without_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(DatasetError, match=r"No data set in .*: expected train_curated\.csv"):
        open_dataset(tmp_path)
