"""Agreement of annotators, by hand-made tables."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fsat_core.labels import Decision, LabelStore, agreement_per_class, agreement_table, disputes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def say(store: LabelStore) -> Callable[[str, str], None]:
    """What somebody says of clips 0, 1, 2 ...: `say("ann", "Bark Meow remove unsure -")`; - is nothing."""

    def say_all(annotator: str, words: str) -> None:
        for number, word in enumerate(words.split()):
            clip_id = f"noisy/{number}.wav"
            if word in ("remove", "unsure"):
                store.add(Decision(clip_id, annotator, word))  # type: ignore[arg-type]
            elif word != "-":
                store.add(Decision(clip_id, annotator, "relabel", word))

    return say_all


def test_kappa_over_whole_verdicts(store: LabelStore, say: Callable) -> None:
    say("bo", "Bark Bark Meow Meow Bark,Meow remove - unsure")
    say("ann", "Bark Meow Meow Meow Meow,Bark remove Bark Bark")
    table = agreement_table(store.decisions())
    # ann has 1 Bark, 3 Meow, 1 of both and 1 removal; bo 2, 2, 1 and 1.
    chance = (1 * 2 + 3 * 2 + 1 * 1 + 1 * 1) / 36
    row = table.iloc[0]
    assert len(table) == 1
    assert row[["annotator_a", "annotator_b", "num_clips"]].tolist() == ["ann", "bo", 6]
    assert row["agreed"] == pytest.approx(5 / 6)
    assert row["kappa"] == pytest.approx((5 / 6 - chance) / (1 - chance))


def test_kappa_per_class(store: LabelStore, say: Callable) -> None:
    say("ann", "Bark Bark,Meow Meow remove")
    say("bo", "Bark Bark remove remove")
    table = agreement_per_class(store.decisions()).set_index("label")
    assert table.index.tolist() == ["Bark", "Meow", "remove"]
    assert table[["num_a", "num_b", "num_clips"]].to_numpy().tolist() == [[2, 2, 4], [2, 0, 4], [1, 2, 4]]
    assert table["kappa"].tolist() == pytest.approx([1.0, 0.0, 0.5])


def test_only_the_latest_standing_word_counts(store: LabelStore, say: Callable) -> None:
    say("ann", "Bark Meow")
    say("bo", "Meow Meow")
    say("bo", "Bark")
    assert agreement_table(store.decisions())["agreed"].tolist() == [1.0]
    store.undo("bo")
    assert agreement_table(store.decisions())["agreed"].tolist() == [0.5]
    say("bo", "unsure")
    assert agreement_table(store.decisions())["num_clips"].tolist() == [1]


def test_one_verdict_everywhere_says_nothing(store: LabelStore, say: Callable) -> None:
    say("ann", "Bark Bark")
    say("bo", "Bark Bark")
    assert math.isnan(agreement_table(store.decisions())["kappa"][0])
    assert math.isnan(agreement_per_class(store.decisions())["kappa"][0])


def test_each_pair_that_has_clips_in_common(store: LabelStore, say: Callable) -> None:
    say("ann", "Bark Meow -")
    say("bo", "Bark Meow Yell")
    say("cy", "- - Yell")
    pairs = agreement_table(store.decisions())[["annotator_a", "annotator_b"]].to_numpy().tolist()
    assert pairs == [["ann", "bo"], ["bo", "cy"]]


def test_disputes(store: LabelStore, say: Callable) -> None:
    say("bo", "Bark Bark Meow,Bark Bark Bark unsure")
    say("ann", "Bark remove Bark,Meow unsure Meow Bark")
    table = disputes(store.decisions())
    assert table[["clip_id", "annotator", "action", "labels"]].to_numpy().tolist() == [
        ["noisy/1.wav", "bo", "relabel", "Bark"],
        ["noisy/1.wav", "ann", "remove", ""],
        ["noisy/4.wav", "bo", "relabel", "Bark"],
        ["noisy/4.wav", "ann", "relabel", "Meow"],
    ]
    assert table["decided_at"].notna().all()


def test_nobody_or_one_alone(store: LabelStore, say: Callable) -> None:
    for _ in range(2):
        for measure in (agreement_table, agreement_per_class, disputes):
            assert measure(store.decisions()).empty
        say("ann", "Bark remove")
