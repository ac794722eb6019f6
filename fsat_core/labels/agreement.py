"""How far annotators agree, and where they differ. The latest standing verdict of each counts."""

from itertools import combinations

import pandas as pd

from fsat_core.labels.decision import REMOVE
from fsat_core.labels.resolve import latest_verdicts


def agreement_table(decisions: pd.DataFrame) -> pd.DataFrame:
    """Agreement of each pair of annotators over the clips that both have a verdict on.

    Kappa is over whole verdicts: "Bark,Yell" is one category, "Bark" another and `remove` a third, so that
    two annotators agree on a clip only if they agree on all of its labels. Who denies a class and who just
    does not give it agree; who gives it does not agree with either.

    Parameters
    ----------
    decisions : pd.DataFrame
        As `LabelStore.decisions` returns it.

    Returns
    -------
    pd.DataFrame
        Columns `annotator_a, annotator_b, num_clips, agreed` (a share) and `kappa`, which is NaN where both
        gave one and the same verdict everywhere: then chance alone explains it. A pair without clips in
        common has no row.

    References
    ----------
    Cohen (1960), "A coefficient of agreement for nominal scales", Educational and Psychological Measurement
    20(1).
    """
    rows = [
        (a, b, len(pair), (pair["a"] == pair["b"]).mean(), _kappa(pair["a"], pair["b"]))
        for a, b, pair in _pairs(decisions)
    ]
    return pd.DataFrame(rows, columns=["annotator_a", "annotator_b", "num_clips", "agreed", "kappa"])


def agreement_per_class(decisions: pd.DataFrame) -> pd.DataFrame:
    """Agreement of each pair of annotators on each class: has the clip got it or not?

    Parameters
    ----------
    decisions : pd.DataFrame
        As `LabelStore.decisions` returns it.

    Returns
    -------
    pd.DataFrame
        Columns `annotator_a, annotator_b, label, num_a, num_b` (clips to which each gave the label),
        `num_clips` and `kappa`, for the labels that either of the two gave. The label `remove` stands for
        removal; a removed clip has no class.
    """
    rows = []
    for a, b, pair in _pairs(decisions):
        has_a, has_b = _indicators(pair["a"]), _indicators(pair["b"])
        for label in sorted({*has_a, *has_b}):
            gave_a, gave_b = (has.get(label, pd.Series(0, pair.index)) for has in (has_a, has_b))
            rows.append((a, b, label, gave_a.sum(), gave_b.sum(), len(pair), _kappa(gave_a, gave_b)))
    columns = ["annotator_a", "annotator_b", "label", "num_a", "num_b", "num_clips", "kappa"]
    return pd.DataFrame(rows, columns=columns)


def disputes(decisions: pd.DataFrame) -> pd.DataFrame:
    """The clips on which verdicts differ, with who said what.

    Returns
    -------
    pd.DataFrame
        Columns `clip_id, annotator, action, labels, denied, decided_at`: one row per annotator with a verdict
        on a disputed clip, by clip and then by time. `labels` is "" where the action is `remove`.
    """
    verdicts = latest_verdicts(decisions)
    differ = verdicts.groupby("clip_id")["verdict"].transform("nunique") > 1
    table = verdicts[differ].sort_values(["clip_id", "id"], ignore_index=True)
    table = table.rename(columns={"created_at": "decided_at"})
    return table[["clip_id", "annotator", "action", "labels", "denied", "decided_at"]]


def _pairs(decisions: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Each pair of annotators with clips in common, and both verdicts on these: columns `a, b`."""
    verdicts = latest_verdicts(decisions).pivot_table("verdict", "clip_id", "annotator", aggfunc="first")
    pairs = []
    for a, b in combinations(sorted(verdicts), 2):
        both = verdicts[[a, b]].dropna().set_axis(["a", "b"], axis=1)
        if len(both):
            pairs.append((a, b, both))
    return pairs


def _indicators(verdicts: pd.Series) -> pd.DataFrame:
    """A column of 0 and 1 for each label that was given."""
    return verdicts.replace("", REMOVE).str.get_dummies(",")


def _kappa(a: pd.Series, b: pd.Series) -> float:
    from sklearn.metrics import cohen_kappa_score

    if len({*a, *b}) < 2:  # kappa is undefined, and scikit-learn warns
        return float("nan")
    return float(cohen_kappa_score(a, b))
