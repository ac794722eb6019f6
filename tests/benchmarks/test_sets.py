"""The data sets that `benchmarks/` makes: labels, counts and sounds are what they say, the same each time."""

import csv
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from benchmarks.sets import full_size, mix_pairs, swap_labels
from benchmarks.sets.folders import MARKER
from benchmarks.sets.full_size import write_full_size
from benchmarks.sets.kaggle_set import rows_in_turn, write_set
from fsat_core.dataset import open_dataset, scan
from fsat_core.errors import DatasetError
from tests.helpers.shapes import SMALL_SHAPE

SAMPLE_RATE = 8_000
CLASSES = ("Bark", "Drip", "Knock", "Meow", "Siren")
NUM_TRAIN, NUM_TEST = 8, 4  # clips of each class


@pytest.fixture(scope="module")
def noise_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5 classes, 8 curated and 4 test clips of each: noise, so that no two clips have anything in common."""
    root = tmp_path_factory.mktemp("noise") / "set"
    curated = [(f"{name.lower()}_{i}.wav", name) for name in CLASSES for i in range(NUM_TRAIN)]
    test = [(f"test_{name.lower()}_{i}.wav", name) for name in CLASSES for i in range(NUM_TEST)]
    for folder, rows in (("train_curated", curated), ("test", test)):
        (root / folder).mkdir(parents=True)
        for fname, _ in rows:
            write_noise(root / folder / fname)
    write_csv(root / "train_curated.csv", ("fname", "labels"), curated)
    write_csv(root / "test_truth.csv", ("fname", "labels"), test)
    write_csv(root / "sample_submission.csv", ("fname", *CLASSES), [(name, *"00000") for name, _ in test])
    return root


def write_noise(path: Path) -> None:
    rng = np.random.default_rng(list(path.name.encode()))
    num_frames = rng.integers(SAMPLE_RATE // 2, SAMPLE_RATE)
    sf.write(path, rng.normal(0, rng.uniform(0.01, 0.2), num_frames), SAMPLE_RATE, subtype="PCM_16")


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def hashes(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


MAKERS: dict[str, Callable[[Path, Path, int], object]] = {
    "swap_labels": lambda source, out, seed: swap_labels.swap_labels(source, out, seed=seed),
    "swap_labels, noisy": lambda source, out, seed: swap_labels.swap_labels(source, out, 0.3, seed, "noisy"),
    "mix_pairs": lambda source, out, seed: mix_pairs.mix_pairs(source, out, seed, 20, 10),
    "full_size": lambda source, out, seed: write_full_size(out, seed, SMALL_SHAPE),
}


@pytest.mark.parametrize("maker", MAKERS)
def test_a_set_follows_from_its_seed(maker: str, noise_set: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        MAKERS[maker](noise_set, tmp_path / name, seed)
    first = hashes(tmp_path / "a")
    assert hashes(tmp_path / "b") == first
    assert hashes(tmp_path / "c")["train_curated.csv"] != first["train_curated.csv"]
    open_dataset(tmp_path / "a")


@pytest.mark.parametrize("maker", ["swap_labels", "mix_pairs"])
def test_the_source_set_stays_as_it_is(maker: str, noise_set: Path, tmp_path: Path) -> None:
    before = hashes(noise_set)
    MAKERS[maker](noise_set, tmp_path / "out", 0)
    for out in (noise_set, noise_set.parent):
        with pytest.raises(DatasetError, match="holds the source set"):
            MAKERS[maker](noise_set, out, 0)
    with pytest.raises(DatasetError, match="something else"):
        MAKERS[maker](noise_set, noise_set / "test", 0)
    assert hashes(noise_set) == before


def test_a_set_is_no_place_for_what_is_made_of_it(noise_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    swap_labels.swap_labels(noise_set, out)
    before = hashes(out)
    with pytest.raises(DatasetError, match="holds the source set"):
        swap_labels.swap_labels(out, out)  # although it is its own
    assert hashes(out) == before


def test_only_an_own_folder_is_replaced(noise_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    swap_labels.swap_labels(noise_set, out)
    (out / "left_over.wav").write_bytes(b"")
    with pytest.raises(DatasetError, match="something else"):
        mix_pairs.mix_pairs(noise_set, out, num_train=20, num_test=10)
    assert (out / "left_over.wav").exists()
    swap_labels.swap_labels(noise_set, out, seed=1)
    assert not (out / "left_over.wav").exists()
    assert json.loads((out / MARKER).read_text())["seed"] == 1


def test_a_written_set_is_its_table(noise_set: Path, tmp_path: Path) -> None:
    rows = rows_in_turn({"noisy": 3, "test": 2}, ["Meow", "Bark"])
    assert list(rows["labels"]) == ["Meow", "Bark", "Meow", "", ""]
    linked = noise_set / "test" / "test_bark_0.wav"
    content = linked.read_bytes()
    write_set(tmp_path / "set", rows, [linked, content, linked, linked, content], ["Meow", "Bark"])
    dataset = open_dataset(tmp_path / "set")
    assert list(dataset.classes) == ["Meow", "Bark"]
    found = scan(dataset, tmp_path / "cache")
    assert found[["split", "fname", "labels"]].equals(rows)
    assert (found["error"] == "").all()
    folder = tmp_path / "set" / "train_noisy"
    assert [path.samefile(linked) for path in sorted(folder.iterdir())] == [True, False, True]
    assert not (tmp_path / "set" / "test_truth.csv").exists()  # nothing is known of the test clips


@pytest.mark.parametrize(
    ("script", "words", "line"),
    [
        (swap_labels, ["SET", "OUT", "--share", "1.5"], "--share 1.5"),
        (swap_labels, ["SET", "FULL"], "something else"),
        (mix_pairs, ["SET", "OUT", "--num-test", "0"], "--num-test 0"),
        (mix_pairs, ["SET", "OUT", "--num-train", "200"], "40 clips with one label: expected 80"),
        (full_size, ["OUT", "--seed", "-1"], "--seed -1"),
    ],
)
def test_wrong_input_is_one_line(
    script: Any,
    words: list[str],
    line: str,
    noise_set: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = {"SET": noise_set, "OUT": tmp_path / "out", "FULL": tmp_path / "full"}
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    assert script.main([str(places.get(word, word)) for word in words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert line in err
    assert err.count("\n") == 1
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("share", [0.0, 0.25, 0.33, 1.0])
def test_swapped_labels_are_wrong_and_as_many_as_asked(share: float, noise_set: Path, tmp_path: Path) -> None:
    swap_labels.swap_labels(noise_set, tmp_path / "out", share)
    true = table(noise_set, "train_curated").set_index("fname")["labels"]
    given = table(tmp_path / "out", "train_curated").set_index("fname")["labels"]
    swapped = table(tmp_path / "out", "swapped").set_index("fname")
    assert len(swapped) == round(share * 40)
    assert list(given.index) == list(true.index)
    assert set(given.index[given != true]) == set(swapped.index)
    assert (given[swapped.index] == swapped["labels"]).all()
    assert (true[swapped.index] == swapped["true_labels"]).all()
    assert set(given) <= set(CLASSES)


def test_every_class_loses_the_same_share(noise_set: Path, tmp_path: Path) -> None:
    for seed in range(5):
        swapped = swap_labels.swap_labels(noise_set, tmp_path / "out", 0.25, seed)
        assert swapped["true_labels"].value_counts().to_dict() == dict.fromkeys(CLASSES, 2)


def test_every_other_class_is_as_likely(noise_set: Path, tmp_path: Path) -> None:
    swapped = [swap_labels.swap_labels(noise_set, tmp_path / "out", 1.0, seed) for seed in range(20)]
    pairs = pd.concat(swapped).groupby(["true_labels", "labels"]).size()
    assert len(pairs) == 20
    assert pairs.between(20, 60).all()  # 40 expected of each


def test_half_stay_curated_and_right_beside_a_noisy_half(noise_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    swap_labels.swap_labels(noise_set, out, share=0.3, form="noisy")
    true = table(noise_set, "train_curated").set_index("fname")["labels"]
    curated, noisy = (
        table(out, f"train_{split}").set_index("fname")["labels"] for split in ("curated", "noisy")
    )
    swapped = table(out, "swapped").set_index("fname")["labels"]
    assert set(curated.index) | set(noisy.index) == set(true.index)
    assert len(noisy) == len(curated) == 20
    assert curated.value_counts().to_dict() == dict.fromkeys(CLASSES, 4)
    assert (curated == true[curated.index]).all()
    assert set(noisy.index[noisy != true[noisy.index]]) == set(swapped.index)
    assert len(swapped) == 6
    for split, rows in (("curated", curated), ("noisy", noisy)):
        assert {path.name for path in (out / f"train_{split}").iterdir()} == set(rows.index)


def test_of_several_labels_one_is_swapped(noise_set: Path, tmp_path: Path) -> None:
    source = tmp_path / "mixed"
    mix_pairs.mix_pairs(noise_set, source, num_train=20, num_test=10)
    swapped = swap_labels.swap_labels(source, tmp_path / "out", share=1)
    for row in swapped.itertuples():
        given, true = set(row.labels.split(",")), set(row.true_labels.split(","))
        assert len(given) == len(true)
        assert len(given & true) == len(true) - 1


def test_audio_is_linked_and_the_test_part_is_the_same(noise_set: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    swap_labels.swap_labels(noise_set, out)
    for folder in ("train_curated", "test"):
        files = sorted((noise_set / folder).iterdir())
        assert len(files) == len(list((out / folder).iterdir()))
        assert all(path.samefile(out / folder / path.name) for path in files)
    for name in ("sample_submission", "test_truth"):
        assert table(out, name).equals(table(noise_set, name))


def test_audio_is_copied_where_it_cannot_be_linked(
    noise_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    swap_labels.swap_labels(noise_set, tmp_path / "out")
    path = Path("train_curated/bark_0.wav")
    assert (tmp_path / "out" / path).read_bytes() == (noise_set / path).read_bytes()
    assert not (tmp_path / "out" / path).samefile(noise_set / path)


def test_the_zenodo_layout_will_do(zenodo_set: Path, tmp_path: Path) -> None:
    swap_labels.swap_labels(zenodo_set, tmp_path / "out", share=0.5)
    assert len(table(tmp_path / "out", "swapped")) == 7
    truth = table(tmp_path / "out", "test_truth").set_index("fname")["labels"]
    assert truth["test_siren.wav"] == "Siren"


def test_a_missing_file_is_one_line(noise_set: Path, tmp_path: Path) -> None:
    swap_labels.swap_labels(noise_set, tmp_path / "source")
    (tmp_path / "source" / "train_curated" / "bark_0.wav").unlink()
    with pytest.raises(DatasetError, match=r"bark_0\.wav does not exist"):
        swap_labels.swap_labels(tmp_path / "source", tmp_path / "out")


@pytest.fixture(scope="module")
def mixed(noise_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("mixed") / "out"
    mix_pairs.mix_pairs(noise_set, out, seed=3, num_train=50, num_test=20)
    return out


def test_rows_of_the_mixed_set(mixed: Path, noise_set: Path) -> None:
    source = {**sources(noise_set, "train_curated"), **sources(noise_set, "test_truth")}
    for name, folder, num_rows in (("train_curated", "train_curated", 50), ("test_truth", "test", 20)):
        rows = table(mixed, name)
        multi = rows["labels"].str.contains(",")
        assert len(rows) == num_rows
        assert (~multi).sum() == round(0.4 * num_rows)
        assert (rows.loc[~multi, "labels"] == rows.loc[~multi, "fname"].map(source)).all()
        for fname in rows.loc[~multi, "fname"]:
            assert (mixed / folder / fname).samefile(noise_set / folder / fname)
        assert {path.name for path in (mixed / folder).iterdir()} == set(rows["fname"])
    submission = table(mixed, "sample_submission")
    assert list(submission.columns) == ["fname", *CLASSES]
    assert list(submission["fname"]) == list(table(mixed, "test_truth")["fname"])


def sources(folder: Path, name: str) -> dict[str, str]:
    return table(folder, name).set_index("fname")["labels"].to_dict()


def test_labels_of_a_mix_are_those_of_its_clips(mixed: Path, noise_set: Path) -> None:
    mixes = table(mixed, "sources")
    for split, name in (("curated", "train_curated"), ("test", "test_truth")):
        source, given = sources(noise_set, name), sources(mixed, name)
        rows = mixes[mixes["split"] == split]
        assert len(rows) == {"curated": 30, "test": 12}[split]
        for row in rows.itertuples():
            # a clip of the other part would be a KeyError
            assert given[row.fname] == ",".join(sorted({source[row.first], source[row.second]}))


def test_both_clips_are_in_a_mix_at_the_stated_levels(mixed: Path, noise_set: Path) -> None:
    gains = []
    for row in table(mixed, "sources").itertuples():
        folder = "train_curated" if row.split == "curated" else "test"
        wave, _ = sf.read(mixed / folder / row.fname)
        parts = [
            np.resize(sf.read(noise_set / folder / name)[0], len(wave)) for name in (row.first, row.second)
        ]
        assert len(sf.read(noise_set / folder / row.first)[0]) == len(wave)
        parts = [part / np.sqrt(np.mean(part**2)) for part in parts]
        (first, second), residual, *_ = np.linalg.lstsq(np.stack(parts, axis=1), wave, rcond=None)
        assert residual[0] / len(wave) < 1e-4 * np.mean(wave**2)  # nothing else is in it
        gains.append(20 * np.log10(second / first))
        assert gains[-1] == pytest.approx(float(row.gain_db), abs=0.05)
    assert min(gains) < -3 < 3 < max(gains)
    assert np.abs(gains).max() <= 6.05


def test_most_pairs_are_neighbours_in_the_ring() -> None:
    ring = [f"class_{i}" for i in range(8)]
    clips = {name: [f"{name}_{i}.wav" for i in range(20)] for name in ring}
    rows = mix_pairs.plan(clips, ring, 200, np.random.default_rng(0))
    mixes = [row for row in rows if row.second]
    pairs = pd.Series([row.labels for row in mixes]).value_counts()
    neighbours = {",".join(sorted((name, ring[index - 1]))) for index, name in enumerate(ring)}
    assert len(mixes) == 120
    assert pairs[list(neighbours)].sum() == 84
    assert pairs[list(neighbours)].max() - pairs[list(neighbours)].min() <= 1
    assert len(pairs) == 28  # every other pair occurs too
    singles = [row.fname for row in rows if not row.second]
    assert len(set(singles)) == len(singles) == 80


def test_a_loud_mix_is_turned_down_and_a_silent_one_refused(tmp_path: Path, noise_set: Path) -> None:
    rng = np.random.default_rng(0)
    loud = rng.uniform(-1, 1, 1_000).astype(np.float32)
    mixed = mix_pairs.mix(loud, 0.01 * rng.uniform(-1, 1, 300).astype(np.float32), 0.0)
    assert mixed.shape == (1_000,)
    assert np.abs(mixed).max() == pytest.approx(0.95)
    with pytest.raises(ValueError, match="silent"):
        mix_pairs.mix(loud, np.zeros(300, np.float32), 0.0)


def test_too_few_classes_to_mix(kaggle_set: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="0 classes have single-label clips in both parts"):
        mix_pairs.mix_pairs(kaggle_set, tmp_path / "out")
