"""What only one layout has, and data folders that are none."""

import os
from pathlib import Path

import pytest

from fsat_core.dataset import clip_path, open_dataset, scan
from fsat_core.errors import DatasetError


def test_kaggle_classes_are_the_header_of_the_submission(kaggle_set: Path) -> None:
    (kaggle_set / "sample_submission.csv").write_text(
        "fname,Siren,Meow,Knock,Bark,Yell\ntest_bark.wav,0,0,0,0,0\n"
    )
    dataset = open_dataset(kaggle_set)
    assert dataset.classes == ("Siren", "Meow", "Knock", "Bark", "Yell")
    assert list(dataset.table.columns) == ["split", "fname", "labels"]
    assert dataset.table.query("split == 'test'")["labels"].tolist() == [""]


def test_an_empty_column_is_no_class(kaggle_set: Path) -> None:
    for header in ("fname;Bark;Knock;Meow;Siren;;", "fname;Bark;Knock;Meow;Siren;Unnamed: 5;Unnamed: 6"):
        (kaggle_set / "sample_submission.csv").write_text(f"{header}\ntest_bark.wav;0,5;0;0;0;;\n;;;;;;\n")
        dataset = open_dataset(kaggle_set)
        assert dataset.classes == ("Bark", "Knock", "Meow", "Siren")
        assert dataset.table.query("split == 'test'")["fname"].tolist() == ["test_bark.wav"]
        assert len(dataset.warnings) == 1


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


def test_tables_and_folders_in_other_capitals(kaggle_set: Path) -> None:
    (kaggle_set / "train_noisy.csv").rename(kaggle_set / "Train_Noisy.CSV")
    (kaggle_set / "train_noisy").rename(kaggle_set / "TRAIN_NOISY")
    dataset = open_dataset(kaggle_set)
    assert (dataset.table["split"] == "noisy").sum() == 4
    assert clip_path(dataset, "noisy/noisy_bark.wav").is_file()
    (kaggle_set / "train_NOISY").mkdir()
    with pytest.raises(DatasetError, match="No audio folder"):
        clip_path(open_dataset(kaggle_set), "noisy/noisy_bark.wav")


def test_marker_makes_it_the_demo_set(kaggle_set: Path) -> None:
    assert open_dataset(kaggle_set).name == "kaggle_set"
    (kaggle_set / "DEMO").touch()
    assert open_dataset(kaggle_set).is_demo
    assert open_dataset(kaggle_set).name == "Demo set"


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"No data folder at .*nowhere, where nothing is: expected .*FSAT_DATA_DIR"
    ):
        open_dataset(tmp_path / "nowhere")


@pytest.mark.parametrize("address", ["s3://bucket/set", "https://server/sets/2019"])
def test_an_address_is_no_folder(address: str) -> None:
    for path in (Path(address), Path(address).absolute()):
        with pytest.raises(DatasetError, match=rf"^{address} is an address: expected .*audio_url\.txt"):
            open_dataset(path)


def test_a_folder_that_is_called_like_an_address_is_one(kaggle_set: Path, tmp_path: Path) -> None:
    (tmp_path / "s3:").mkdir()
    kaggle_set.rename(tmp_path / "s3:" / "set")
    assert open_dataset(tmp_path / "s3:" / "set").name == "set"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "set.zip").touch()
    with pytest.raises(DatasetError, match="No data folder at"):
        open_dataset(tmp_path / "set.zip")


def test_folder_without_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(
        DatasetError, match=r"No data set in .*holds 1 file \(holiday.jpg\): expected train_curated\.csv"
    ):
        open_dataset(tmp_path)


@pytest.mark.parametrize("length", [300, 5_000])
def test_a_path_that_is_too_long(tmp_path: Path, length: int) -> None:
    with pytest.raises(DatasetError, match=r"[Cc]heck the path"):
        open_dataset(tmp_path / ("a" * length))


def test_names_that_are_not_utf_8_are_shown_and_found(kaggle_set: Path, tmp_path: Path) -> None:
    folder = kaggle_set / "test"
    (kaggle_set / "sample_submission.csv").unlink()
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/modi\xe8.wav"))
    (folder / "test_bark.wav").rename(odd)
    dataset = open_dataset(kaggle_set)
    catalogue = scan(dataset, tmp_path / "cache")
    assert catalogue["error"].eq("").all()
    assert "test/modi\\xe8.wav" in catalogue["clip_id"].tolist()
    assert clip_path(dataset, "test/modi\\xe8.wav") == odd
    catalogue.to_parquet(tmp_path / "catalogue.parquet")
    odd.write_bytes(b"")
    error = scan(dataset, tmp_path / "cache").set_index("clip_id").loc["test/modi\\xe8.wav", "error"]
    assert error.startswith("modi\\xe8.wav: ")
    error.encode()


def test_a_table_may_show_bytes_of_a_name_but_no_path(kaggle_set: Path) -> None:
    table = kaggle_set / "train_curated.csv"
    text = table.read_text()
    table.write_text(text + "modi\\xe8.wav,Bark\n")
    assert len(open_dataset(kaggle_set).table) == 23
    for path in ("..\\secret.wav", "a/b.wav", "\\x41.wav"):
        table.write_text(text + f"{path},Bark\n")
        with pytest.raises(DatasetError, match=r"is not a plain file name.*line 16"):
            open_dataset(kaggle_set)


def test_a_folder_whose_own_name_is_not_utf_8(kaggle_set: Path, tmp_path: Path) -> None:
    root = kaggle_set.rename(os.fsdecode(os.fsencode(tmp_path) + b"/set\xe8"))
    dataset = open_dataset(root)
    assert dataset.name == "set\\xe8"
    assert scan(dataset, tmp_path / "cache")["error"].eq("").all()
