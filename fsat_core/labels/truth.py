"""Whose labels count: the tables', one annotator's, everybody's by a rule, or those of a label set.

A truth is named by a word, `tables`, `mine`, `everybody` or `agreement`, or by `set:` and the name of a label
set, which has no colon.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fsat_core.dataset.catalogue import Catalogue
from fsat_core.dataset.label_text import split_labels
from fsat_core.errors import LabelError
from fsat_core.labels.agreement import disputes
from fsat_core.labels.label_sets import list_label_sets, load_label_set, view_label_set
from fsat_core.labels.resolve import AgreementRule, LatestRule, Rule, join_names, resolve
from fsat_core.labels.store import LabelStore
from fsat_core.listing import UNDECIDED

TABLES, MINE, EVERYBODY, AGREEMENT = "tables", "mine", "everybody", "agreement"
TRUTHS = {
    TABLES: "The tables",
    MINE: "My decisions",
    EVERYBODY: "Everybody's latest decisions",
    AGREEMENT: "What two agree on",
}
SET = "set:"
_NUM_AGREED = 2


@dataclass(frozen=True)
class TrueLabels:
    """The labels of all clips by one truth.

    Parameters
    ----------
    truth, annotator : str
        Its name, and whose decisions are `mine`, or "".
    key : str
        Changes with the labels.
    changed : pd.DataFrame
        Columns `clip_id, labels` of the clips whose labels are others than those of the tables; "" for one
        that was removed.
    source : Catalogue
        All clips, with the labels of the tables.
    """

    truth: str
    annotator: str
    key: str
    changed: pd.DataFrame
    source: Catalogue

    @cached_property
    def clips(self) -> Catalogue:
        """All clips with these labels; `is_removed` says of which they took the last label."""
        return with_labels(self.source, self.changed)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Columns `clip_id, labels` of all clips; "" for a clip without labels or removed."""
        return self.clips.frame(["clip_id", "labels"])

    @cached_property
    def digest(self) -> str:
        """The same for the same labels of the same clips, whatever `key` is."""
        hashes = pd.util.hash_pandas_object(self.table[["clip_id", "labels"]], index=False)
        return hashlib.sha256(hashes.to_numpy().tobytes()).hexdigest()


def name_truth(truth: str) -> str:
    """What a truth is called by people."""
    return f"Label set {truth.removeprefix(SET)}" if truth.startswith(SET) else TRUTHS[truth]


def list_truths(store: LabelStore) -> list[str]:
    """All truths that there are: the newest label set is the first of these."""
    return [*TRUTHS, *(f"{SET}{kept.name}" for kept in reversed(list_label_sets(store)))]


def rule_of(truth: str, annotator: str = "") -> Rule:
    """The rule by which decisions count; where a truth knows none, the latest of anybody."""
    if truth == AGREEMENT:
        return AgreementRule(_NUM_AGREED)
    return LatestRule(annotator if truth == MINE else None)


def load_truth(store: LabelStore, truth: str, catalogue: Catalogue, annotator: str = "") -> TrueLabels:
    """The labels by one truth, with what it needs from the label database.

    Raises
    ------
    LabelError
        If there is no such truth.
    """
    changed = changed_labels(
        truth,
        catalogue,
        store.decisions() if truth in (MINE, EVERYBODY, AGREEMENT) else None,
        annotator,
        load_label_set(store, truth.removeprefix(SET)) if truth.startswith(SET) else None,
    )
    return TrueLabels(truth, annotator, truth, changed, catalogue)


def changed_labels(
    truth: str,
    catalogue: Catalogue,
    decisions: pd.DataFrame | None = None,
    annotator: str = "",
    label_set: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The labels of the clips that one truth labels otherwise than the tables.

    Parameters
    ----------
    truth : str
        Its name.
    catalogue : Catalogue
        With the labels of the tables.
    decisions : pd.DataFrame, optional
        As `LabelStore.decisions` returns it, for a truth that is made of decisions.
    annotator : str
        Whose decisions are `mine`.
    label_set : pd.DataFrame, optional
        As `load_label_set` returns it, for a truth that is one.

    Returns
    -------
    pd.DataFrame
        Columns `clip_id, labels`. `labels` is "" for a clip that was removed, or that the label set does not
        have.

    Raises
    ------
    LabelError
        If there is no such truth, or what it is made of is not given.
    """
    if truth == TABLES:
        source = labels = catalogue.frame(["clip_id", "labels"], most=0)
    elif truth.startswith(SET) and label_set is not None:
        source = catalogue.frame(["clip_id", "labels"])
        labels = view_label_set(label_set, source)
    elif truth in TRUTHS and decisions is not None:
        source = catalogue.rows_of(decisions["clip_id"].unique())[["clip_id", "labels"]]
        labels = resolve(decisions, source, rule_of(truth, annotator))
    else:
        raise LabelError(
            f"Labels by '{truth}': expected {', '.join(TRUTHS)} or {SET}NAME, and what it is made of. Choose "
            "one."
        )
    is_changed = labels["labels"].to_numpy() != source["labels"].to_numpy()
    return labels.loc[is_changed, ["clip_id", "labels"]].reset_index(drop=True)


def decided_among(decisions: pd.DataFrame, catalogue: Catalogue, rule: Rule) -> pd.DataFrame:
    """`decided` of those clips of a catalogue that somebody has decided on."""
    return decided(decisions, catalogue.rows_of(decisions["clip_id"].unique()), rule)


def with_decisions(catalogue: Catalogue, found: pd.DataFrame) -> Catalogue:
    """The catalogue with what was decided on each clip, as `decided` finds it; the others are undecided."""
    return catalogue.beside(found, {"status": UNDECIDED, "decided_by": "", "decided_at": None})


def decided(decisions: pd.DataFrame, source: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """What was decided on clips, by whom and when.

    Parameters
    ----------
    decisions : pd.DataFrame
        As `LabelStore.decisions` returns it.
    source : pd.DataFrame
        Columns `clip_id, labels` of these clips, as in the tables.
    rule : LatestRule or AgreementRule
        Whose decisions count.

    Returns
    -------
    pd.DataFrame
        One row per row of `source`, in its order: `clip_id`, `status` (`undecided, accepted, relabelled,
        removed, unsure, disputed`), `decided_by` (names joined by ", ") and `decided_at` (UTC): "" and NaT
        where it is undecided by this rule. A clip is disputed where annotators differ and no adjudicator has
        settled it, whoever was the last; then `decided_by` has all of them.
    """
    table = resolve(decisions, source, rule)
    is_undecided = table["status"] == "untouched"  # by this rule, although somebody may have decided
    found = pd.DataFrame(
        {
            "clip_id": table["clip_id"],
            "status": table["status"].mask(is_undecided, UNDECIDED).astype("str"),
            "decided_by": table["annotators"].mask(is_undecided, "").astype("str"),
            "decided_at": pd.to_datetime(table["decided_at"], utc=True).mask(is_undecided),
        }
    )
    if rule != LatestRule():
        return found
    who = table["clip_id"].map(join_names(disputes(decisions)))
    return found.assign(
        status=found["status"].mask(who.notna(), "disputed"),
        decided_by=found["decided_by"].where(who.isna(), who).astype("str"),
    )


def with_labels(catalogue: Catalogue, labels: pd.DataFrame) -> Catalogue:
    """The catalogue with other labels of some clips, and as many labels as these are.

    `is_removed` says which clips have lost their last label by that.
    """
    counts = {text: len(split_labels(text)) for text in labels["labels"].unique()}
    table = labels.assign(num_labels=labels["labels"].map(counts), is_removed=labels["labels"] == "")
    return catalogue.beside(table, {"labels": "", "num_labels": 0, "is_removed": False})
