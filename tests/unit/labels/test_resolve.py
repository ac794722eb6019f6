"""The rule by which decisions become labels."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fsat_core.errors import LabelError
from fsat_core.labels import (
    AgreementRule,
    Decision,
    LabelStore,
    LatestRule,
    Rule,
    describe_rule,
    resolve,
)
from fsat_core.labels.resolve import rule_from_json, rule_to_json
from tests.helpers.messages import refuses

SOURCE = pd.DataFrame({"clip_id": ["noisy/b.wav", "noisy/a.wav"], "labels": ["Meow", "Yell,Bark"]})
CLIP = "noisy/a.wav"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LabelStore]:
    with LabelStore.open(f"sqlite:///{tmp_path / 'labels.db'}") as opened:
        yield opened


@pytest.fixture
def outcome(store: LabelStore) -> Callable[..., tuple[str, str, str]]:
    """Labels, status and annotators of the clip, after words such as "ann Meow", "bo remove", "ann undo"."""

    def decide(rule: Rule, *words: str) -> tuple[str, str, str]:
        for word in words:
            annotator, what = word.split(" ")
            if what == "undo":
                store.undo(annotator)
            elif what in ("remove", "unsure"):
                store.add(Decision(CLIP, annotator, what))  # type: ignore[arg-type]
            else:
                store.add(Decision(CLIP, annotator, "relabel", what))
        labels = resolve(store.decisions(), SOURCE, rule)
        assert labels["clip_id"].tolist() == SOURCE["clip_id"].tolist()
        assert labels.loc[0, ["labels", "status", "annotators"]].tolist() == ["Meow", "untouched", ""]
        row = labels.loc[1]
        assert pd.isna(row["decided_at"]) == (row["annotators"] == "")
        return row["labels"], row["status"], row["annotators"]

    return decide


@pytest.mark.parametrize(
    ("rule", "words", "expected"),
    [
        (LatestRule(), [], ("Yell,Bark", "untouched", "")),
        (LatestRule(), ["ann Meow"], ("Meow", "relabelled", "ann")),
        (LatestRule(), ["ann Meow", "bo Yell"], ("Yell", "relabelled", "bo")),
        (LatestRule(), ["ann Meow", "ann undo"], ("Yell,Bark", "untouched", "")),
        (LatestRule(), ["ann Meow", "bo Yell", "bo undo"], ("Meow", "relabelled", "ann")),
        # The source's own labels, in any order and by any action, are an acceptance, and stay as they are.
        (LatestRule(), ["ann Bark,Yell"], ("Yell,Bark", "accepted", "ann")),
        (LatestRule(), ["ann Yell,Meow"], ("Meow,Yell", "relabelled", "ann")),
        (LatestRule(), ["ann remove"], ("", "removed", "ann")),
        (LatestRule(), ["ann remove", "bo Bark"], ("Bark", "relabelled", "bo")),
        # Unsure is no verdict: what the clip has, it keeps.
        (LatestRule(), ["ann unsure"], ("Yell,Bark", "unsure", "ann")),
        (LatestRule(), ["ann Meow", "bo unsure"], ("Meow", "unsure", "bo")),
        (LatestRule(), ["ann remove", "bo unsure"], ("", "removed", "bo")),
        (LatestRule(), ["ann unsure", "bo Meow"], ("Meow", "relabelled", "bo")),
        (LatestRule("ann"), ["ann Meow", "bo Yell"], ("Meow", "relabelled", "ann")),
        (LatestRule("cy"), ["ann Meow", "bo Yell"], ("Yell,Bark", "untouched", "")),
        (LatestRule("ann", adjudicator="bo"), ["bo Yell", "ann Meow"], ("Yell", "relabelled", "bo")),
        (
            LatestRule("ann", adjudicator="bo"),
            ["bo Yell", "ann Meow", "bo unsure"],
            ("Meow", "relabelled", "ann"),
        ),
        (
            LatestRule("ann", adjudicator="bo"),
            ["bo Yell", "ann Meow", "bo undo"],
            ("Meow", "relabelled", "ann"),
        ),
        (AgreementRule(2), ["ann Meow"], ("Yell,Bark", "untouched", "ann")),
        (AgreementRule(2), ["ann Meow", "ann Meow"], ("Yell,Bark", "untouched", "ann")),
        (AgreementRule(2), ["bo Meow,Yell", "ann Yell,Meow"], ("Meow,Yell", "relabelled", "ann, bo")),
        (AgreementRule(2), ["ann Meow", "bo Yell"], ("Yell,Bark", "disputed", "ann, bo")),
        (AgreementRule(2), ["ann Meow", "bo Yell", "ann Yell"], ("Yell", "relabelled", "ann, bo")),
        (AgreementRule(2), ["ann Meow", "bo Yell", "cy Meow"], ("Meow", "relabelled", "ann, cy")),
        (
            AgreementRule(2),
            ["ann Meow", "bo Meow", "cy Yell", "di Yell"],
            ("Yell,Bark", "disputed", "ann, bo, cy, di"),
        ),
        (AgreementRule(2), ["ann Meow", "bo Meow", "bo undo"], ("Yell,Bark", "untouched", "ann")),
        (AgreementRule(2), ["ann remove", "bo remove"], ("", "removed", "ann, bo")),
        (AgreementRule(2), ["ann remove", "bo Meow"], ("Yell,Bark", "disputed", "ann, bo")),
        (AgreementRule(2), ["ann remove", "bo unsure"], ("Yell,Bark", "unsure", "ann, bo")),
        (AgreementRule(2), ["ann Meow", "bo Meow", "bo unsure"], ("Yell,Bark", "unsure", "ann, bo")),
        (AgreementRule(2), ["ann Meow", "bo Meow", "cy unsure"], ("Meow", "relabelled", "ann, bo")),
        (AgreementRule(1), ["ann Bark,Yell"], ("Yell,Bark", "accepted", "ann")),
        (AgreementRule(1), ["ann Meow", "bo Yell"], ("Yell,Bark", "disputed", "ann, bo")),
        (AgreementRule(2, "cy"), ["cy Bark", "ann Meow", "bo Meow"], ("Bark", "relabelled", "cy")),
        (AgreementRule(2, "cy"), ["ann Meow", "bo Yell", "cy remove"], ("", "removed", "cy")),
    ],
)
def test_rules(
    outcome: Callable[..., tuple[str, str, str]], rule: Rule, words: list[str], expected: tuple[str, str, str]
) -> None:
    assert outcome(rule, *words) == expected


def test_decided_at_is_the_time_of_the_last_decision_that_counts(store: LabelStore) -> None:
    for annotator, labels in (("ann", "Meow"), ("bo", "Meow"), ("cy", "Yell")):
        store.add(Decision(CLIP, annotator, "relabel", labels))
    times = store.decisions()["created_at"].tolist()
    assert resolve(store.decisions(), SOURCE, AgreementRule(2))["decided_at"][1] == times[1]
    assert resolve(store.decisions(), SOURCE, LatestRule())["decided_at"][1] == times[2]


def test_the_order_of_rows_is_no_matter(store: LabelStore) -> None:
    for labels in ("Meow", "Yell"):
        store.add(Decision(CLIP, "ann", "relabel", labels))
    turned = store.decisions().iloc[::-1]
    assert resolve(turned, SOURCE, LatestRule())["labels"][1] == "Yell"


def test_clips_that_the_source_does_not_have_are_left_out(store: LabelStore) -> None:
    store.add(Decision("noisy/gone.wav", "ann", "remove"))
    for rule in (LatestRule(), AgreementRule(1)):
        pd.testing.assert_frame_equal(
            resolve(store.decisions(), SOURCE, rule), resolve(store.decisions().head(0), SOURCE, rule)
        )


def test_nothing_at_all(store: LabelStore) -> None:
    labels = resolve(store.decisions(), SOURCE.head(0), AgreementRule(2, "ann"))
    assert labels.columns.tolist() == ["clip_id", "labels", "status", "annotators", "decided_at", "denied"]
    assert labels.empty


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """300 decisions and their undoing by three people on 40 clips, and what the clips were labelled with."""
    rng = np.random.default_rng(7)
    clips = [f"noisy/{number:02d}.wav" for number in range(40)]
    with LabelStore.open(f"sqlite:///{tmp_path_factory.mktemp('many') / 'labels.db'}") as store:
        for _ in range(300):
            action = rng.choice(["accept", "relabel", "relabel", "remove", "unsure", "undo"])
            name = str(rng.choice(["ann", "bo", "cy"]))
            if action == "undo":
                store.undo(name)
            else:
                labels = ",".join(rng.permutation(["Bark", "Yell"])[: rng.integers(1, 3)])
                keeps = action in ("accept", "relabel")
                store.add(Decision(str(rng.choice(clips)), name, action, labels if keeps else ""))
        source = pd.DataFrame(
            {"clip_id": clips, "labels": rng.choice(["Bark", "Yell", "Yell,Bark", ""], len(clips))}
        )
        return store.decisions(), source


@pytest.mark.parametrize(
    "rule", [LatestRule(), LatestRule("bo", "cy"), AgreementRule(1), AgreementRule(2), AgreementRule(2, "cy")]
)
def test_many_at_once_are_as_one_by_one(many: tuple[pd.DataFrame, pd.DataFrame], rule: Rule) -> None:
    """Against the same rule written for one clip in plain Python."""
    decisions, source = many
    expected = [
        plain(decisions[decisions["clip_id"] == clip], labels, rule) for clip, labels in source.to_numpy()
    ]
    found = resolve(decisions, source, rule)
    assert list(zip(found["labels"], found["status"], strict=True)) == expected
    assert len(set(found["status"])) > 3


def plain(history: pd.DataFrame, source: str, rule: Rule) -> tuple[str, str]:
    """Labels and status of one clip."""
    undone = set(history["undoes"].dropna())
    rows = [row for row in history.itertuples() if row.action != "undo" and row.id not in undone]

    def verdict(row: object) -> frozenset[str] | None:
        return None if row.action == "unsure" else frozenset(filter(None, row.labels.split(",")))  # type: ignore[attr-defined]

    last = {row.annotator: verdict(row) for row in rows}
    word = last.get(rule.adjudicator or "")
    unsure = False
    disputed = False
    if word is None and isinstance(rule, LatestRule):
        rows = [row for row in rows if rule.annotator in (None, row.annotator)]
        words = [verdict(row) for row in rows]
        unsure = bool(words) and words[-1] is None
        word = next((said for said in reversed(words) if said is not None), None)
    elif word is None and isinstance(rule, AgreementRule):
        votes = [said for said in last.values() if said is not None]
        enough = {said for said in votes if votes.count(said) >= rule.num}
        word = next(iter(enough)) if len(enough) == 1 else None
        disputed = word is None and len(set(votes)) > 1
        unsure = word is None and None in last.values()
    if word is None:
        return source, "disputed" if disputed else "unsure" if unsure else "untouched"
    if not word:
        return "", "removed"
    same = word == frozenset(source.split(","))
    return source if same else ",".join(
        sorted(word)
    ), "unsure" if unsure else "accepted" if same else "relabelled"


@pytest.mark.parametrize(
    "rule", [LatestRule(), LatestRule("ann", "bo"), AgreementRule(3), AgreementRule(1, "bo")]
)
def test_a_rule_as_json_and_back(rule: Rule) -> None:
    assert rule_from_json(rule_to_json(rule)) == rule


@pytest.mark.parametrize("value", [{}, {"rule": "vote"}, {"rule": "agreement"}, {"rule": "latest", "num": 2}])
def test_json_that_is_no_rule(value: dict) -> None:
    with refuses(LabelError, "expected one of latest, agreement"):
        rule_from_json(value)


def test_an_agreement_of_nobody() -> None:
    with refuses(LabelError, "Agreement of 0 annotators: expected at least 1"):
        AgreementRule(0)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (LatestRule(), "Latest decision"),
        (AgreementRule(3), "Agreement of 3"),
        (AgreementRule(2, "cy"), "Agreement of 2, adjudicated by cy"),
    ],
)
def test_a_rule_in_words(rule: Rule, words: str) -> None:
    assert describe_rule(rule) == words


def test_names_of_rules_on_disk_stay() -> None:
    assert rule_to_json(LatestRule("ann")) == {"rule": "latest", "annotator": "ann", "adjudicator": None}
    assert rule_to_json(AgreementRule(2)) == {"rule": "agreement", "num": 2, "adjudicator": None}
