"""Both layouts give the same data set: one suite over Kaggle's and the Zenodo record's."""

import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from fsat_core.dataset import COLUMNS, SPLITS, clip_path, open_dataset, scan, split_labels
from fsat_core.dataset.catalogue import hold_catalogue
from fsat_core.dataset.statistics import summarise
from fsat_core.errors import DatasetError

LAYOUTS = ("kaggle", "zenodo")
TEST_AUDIO = {"kaggle": "test", "zenodo": "FSDKaggle2019.audio_test"}
NOISY_TABLE = {
    "kaggle": "train_noisy.csv",
    "zenodo": "FSDKaggle2019.meta/train_noisy_post_competition.csv",
}
CURATED_TABLE = {
    "kaggle": "train_curated.csv",
    "zenodo": "FSDKaggle2019.meta/train_curated_post_competition.csv",
}


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def root(layout: str, write_set: Callable[..., Path], tmp_path: Path) -> Path:
    return write_set(tmp_path / "set", layout)


def test_layout_is_recognised_with_all_parts(root: Path, layout: str) -> None:
    dataset = open_dataset(root)
    assert dataset.layout == layout
    assert tuple(part.split for part in dataset.parts) == SPLITS
    assert all(part.table is not None and part.audio is not None for part in dataset.parts)
    assert not dataset.is_demo


def test_every_clip_has_a_row_and_a_file(root: Path, tmp_path: Path) -> None:
    dataset = open_dataset(root)
    catalogue = scan(dataset, tmp_path / "cache")
    assert tuple(catalogue.columns[: len(COLUMNS)]) == COLUMNS
    assert catalogue["split"].value_counts().to_dict() == {"curated": 14, "noisy": 4, "test": 4}
    assert catalogue["clip_id"].tolist() == (catalogue["split"] + "/" + catalogue["fname"]).tolist()
    assert catalogue["error"].eq("").all()
    assert catalogue["num_frames"].between(4_000, 8_000).all()
    assert all(clip_path(dataset, clip_id).is_file() for clip_id in catalogue["clip_id"])


def test_labels_come_from_the_table_of_the_split(root: Path) -> None:
    table = open_dataset(root).table.set_index(["split", "fname"])["labels"]
    assert table["curated", "duet_0.wav"] == "Bark,Meow"
    assert table["noisy", "noisy_siren.wav"] == "Siren"


def test_classes_are_complete(root: Path) -> None:
    assert open_dataset(root).classes == ("Bark", "Knock", "Meow", "Siren")


def test_summary_counts_label_strings_and_classes(root: Path, tmp_path: Path) -> None:
    summary = summarise(hold_catalogue(scan(open_dataset(root), tmp_path / "cache")))
    assert (summary["num_clips"], summary["num_errors"]) == (22, 0)
    curated = summary["splits"]["curated"]
    assert curated["num_label_strings"] == 4
    assert curated["num_single_label"] == 12
    assert curated["num_classes"] == 3


def test_a_part_may_be_missing(root: Path, layout: str) -> None:
    shutil.rmtree(root / TEST_AUDIO[layout])
    (root / NOISY_TABLE[layout]).unlink()
    dataset = open_dataset(root)
    test = next(part for part in dataset.parts if part.split == "test")
    assert test.audio is None
    with pytest.raises(DatasetError, match=r"No audio folder for clip 'test/test_bark\.wav'"):
        clip_path(dataset, "test/test_bark.wav")
    noisy = dataset.table[dataset.table["split"] == "noisy"]
    assert noisy["fname"].tolist() == sorted(noisy["fname"])
    assert len(noisy) == 4
    assert noisy["labels"].eq("").all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,labels\nbark_0.wav,Bark\n", r"has no column 'fname' \(its columns: name, labels\)"),
        ("fname,tags\nbark_0.wav,Bark\n", r"has no column 'labels' \(its columns: fname, tags\)"),
        ("", r"cannot be read as CSV \(it is empty\)"),
        ("fname,labels\nbark_0.wav,Bark,Meow,Knock\n", "more cells than its header"),
        ("fname,labels\na.wav,Bark\nb.wav,Bark,Meow\n", "more cells than its header in line 3"),
        ("fname,labels\nbark_0.wav,Bark\nbark_0.wav,Meow\n", r"1 file name\(s\) occur twice.*'bark_0.wav'"),
        ("fname,labels\n../secret.wav,Bark\n", r"'\.\./secret\.wav' is not a plain file name"),
        ("fname,labels\n..,Bark\n", r"'\.\.' is not a plain file name"),
    ],
)
def test_a_faulty_table_is_one_clear_line(root: Path, layout: str, content: str, message: str) -> None:
    path = root / CURATED_TABLE[layout]
    path.write_text(content)
    with pytest.raises(DatasetError, match=message) as caught:
        open_dataset(root)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_extra_columns_are_kept_and_never_replace_the_catalogue_s_own(
    root: Path, layout: str, tmp_path: Path
) -> None:
    (root / CURATED_TABLE[layout]).write_text(
        "fname,labels,split,sample_rate,error,mtime_ns,licence\n"
        'bark_0.wav,"Bark",train,1,none,5,CC0\nduet_0.wav,"Bark,Meow",val,1,none,5,CC-BY\n'
    )
    catalogue = scan(open_dataset(root), tmp_path / "cache").set_index("clip_id")
    row = catalogue.loc["curated/bark_0.wav"]
    assert (row["split"], row["sample_rate"], row["error"], row["licence"]) == ("curated", 8_000, "", "CC0")


def test_labels_are_tidied(root: Path, layout: str, tmp_path: Path) -> None:
    (root / CURATED_TABLE[layout]).write_text(
        'fname,labels\nbark_0.wav,"Bark,"\nduet_0.wav," Bark , Meow"\nmeow_0.wav," "\n'
    )
    catalogue = scan(open_dataset(root), tmp_path / "cache").set_index("clip_id")
    ids = ["curated/bark_0.wav", "curated/duet_0.wav", "curated/meow_0.wav"]
    assert catalogue.loc[ids, "labels"].tolist() == ["Bark", "Bark,Meow", ""]
    assert catalogue.loc[ids, "num_labels"].tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.replace("fname,", "fname\t").replace(".wav,", ".wav\t").encode("utf-16"),
        lambda text: (text.replace(",labels", ";labels").replace(".wav,", ".wav;") + ";\n").encode(),
        lambda text: text.replace(",", ", ").replace("Bark, Meow", "Bark,Meow").encode(),
        lambda text: "".join(f"{line},,\n" for line in text.splitlines()).encode(),
        lambda text: ("# checked\n" + text).encode("utf-16"),
    ],
)
def test_a_table_from_a_spreadsheet_is_read_with_a_warning(
    root: Path, layout: str, tmp_path: Path, rewrite: Callable[[str], bytes]
) -> None:
    before = open_dataset(root)
    path = root / CURATED_TABLE[layout]
    path.write_bytes(rewrite(path.read_text()))
    dataset = open_dataset(root)
    assert dataset.table["fname"].tolist() == before.table["fname"].tolist()
    assert dataset.classes == before.classes
    (warning,) = dataset.warnings
    assert warning.startswith(f"{path.name} was read assuming that ")
    assert scan(dataset, tmp_path / "cache")["error"].eq("").all()


def test_a_set_of_plain_tables_has_no_warning(root: Path) -> None:
    assert open_dataset(root).warnings == ()


def test_names_that_are_written_differently_find_their_files(root: Path, layout: str, tmp_path: Path) -> None:
    path = root / CURATED_TABLE[layout]
    folder = clip_path(open_dataset(root), "curated/bark_0.wav").parent
    names = {"bark_0.wav": "B\u00e4r.wav", "bark_1.wav": "bark_1", "bark_2.wav": "BARK_2.wav"}
    (folder / "bark_0.wav").rename(folder / unicodedata.normalize("NFD", "b\u00e4r.wav"))
    text = path.read_text()
    for old, new in names.items():
        text = text.replace(old, new)
    path.write_text(text)
    for _ in range(2):  # with a cache, too
        dataset = open_dataset(root)
        catalogue = scan(dataset, tmp_path / "cache").set_index("clip_id")
        assert catalogue["error"].eq("").all()
        for name in names.values():
            assert catalogue.loc[f"curated/{name}", "num_frames"] > 0
            assert clip_path(dataset, f"curated/{name}").is_file()
    shutil.copy(folder / "bark_2.wav", folder / "Bark_2.WAV")
    (folder / "bark_1.wav").rename(folder / "bark_1.txt")
    catalogue = scan(open_dataset(root), tmp_path / "cache").set_index("clip_id")
    assert "Bark_2.WAV or bark_2.wav in" in catalogue.loc["curated/BARK_2.wav", "error"]
    assert "there is bark_1.txt in" in catalogue.loc["curated/bark_1", "error"]
    assert catalogue["error"].ne("").sum() == 2


def test_files_that_nobody_put_there_are_no_clips(root: Path, layout: str) -> None:
    (root / NOISY_TABLE[layout]).unlink()
    curated = root / CURATED_TABLE[layout]
    curated.write_text(curated.read_text() + "._bark_0.wav,Bark\nThumbs.db,Bark\n")
    folder = clip_path(open_dataset(root), "noisy/noisy_bark.wav").parent
    for name in ("._noisy_bark.wav", "Thumbs.db", ".DS_Store", ".hidden.wav", "notes.txt"):
        (folder / name).touch()
    (folder / "older.wav").mkdir()
    dataset = open_dataset(root)
    assert dataset.table["split"].value_counts().to_dict() == {"curated": 14, "noisy": 4, "test": 4}
    assert len(dataset.warnings) == 2
    assert "left out ._bark_0.wav, Thumbs.db" in dataset.warnings[0]
    assert "1 .txt" in dataset.warnings[1]


def test_a_folder_of_other_files_is_said(root: Path, layout: str, tmp_path: Path) -> None:
    folder = (
        tmp_path / "other" / ("train_curated" if layout == "kaggle" else "FSDKaggle2019.audio_train_curated")
    )
    folder.mkdir(parents=True)
    (folder / "a.zip").touch()
    with pytest.raises(DatasetError, match=r"No clips in .*left out what is not called as sound .*1 \.zip"):
        open_dataset(tmp_path / "other")


def test_a_table_with_a_byte_order_mark_is_read(root: Path, layout: str) -> None:
    path = root / CURATED_TABLE[layout]
    path.write_text("\ufeff" + path.read_text())
    assert len(open_dataset(root).table) == 22


@pytest.mark.parametrize(
    ("text", "names"),
    [("", []), ("Bark", ["Bark"]), ("Bark,Yell", ["Bark", "Yell"]), (" Bark , ,Yell,", ["Bark", "Yell"])],
)
def test_labels_cell_is_split_at_commas(text: str, names: list[str]) -> None:
    assert split_labels(text) == names
