"""How many clips each class has, how many labels each clip, and which classes occur together."""

from itertools import combinations

import numpy as np
import pandas as pd

from fsat_core.dataset.catalogue import Catalogue
from fsat_core.dataset.label_text import split_labels, used_classes
from fsat_core.dataset.layouts import SPLITS
from fsat_core.text import counted, list_some

_MAX_NAMED = 3


def summarise(catalogue: Catalogue) -> dict:
    """Counts of a catalogue, as `scan --json` prints them."""
    odd = catalogue.ask(
        "count(*) FILTER (error <> '')::BIGINT AS num_errors, "
        "count(*) FILTER (warning <> '')::BIGINT AS num_warnings"
    )
    strings = catalogue.label_counts
    there = {str(split): rows for split, rows in strings.groupby("split")}
    return {
        "num_clips": int(strings["count"].sum()),
        **{str(name): int(count) for name, count in odd.iloc[0].items()},
        "splits": {split: summarise_strings(there[split]) for split in SPLITS if split in there},
    }


def summarise_strings(strings: pd.DataFrame) -> dict[str, int]:
    """Counts of the clips that label strings stand for: their columns `labels, num_labels, count`."""
    single, labelled = strings[strings["num_labels"] == 1], strings[strings["num_labels"] > 0]
    return {
        "num_clips": int(strings["count"].sum()),
        "num_label_strings": int(labelled["labels"].nunique()),
        "num_single_label": int(single["count"].sum()),
        "num_classes": len(used_classes(labelled["labels"])),
        "num_classes_single_label": int(single["labels"].nunique()),
    }


def class_counts(catalogue: Catalogue) -> pd.DataFrame:
    """Clips per class and split.

    A clip with several labels counts once for each of them; a clip whose labels are not known counts for
    none.

    Returns
    -------
    pd.DataFrame
        One row per class that occurs (its index), most clips first and by name where equal; one column
        per split that has labels, in the order of `SPLITS`.
    """
    # There are few distinct label strings even in a large set, so only those are taken apart.
    strings = catalogue.label_counts
    strings = strings[strings["labels"] != ""]
    strings["class"] = strings["labels"].map(split_labels)
    counts = strings.explode("class").pivot_table("count", "class", "split", "sum", fill_value=0).astype(int)
    counts = counts[[split for split in SPLITS if split in counts]].rename_axis(columns=None)
    order = counts.sum(axis="columns").sort_index().sort_values(ascending=False, kind="stable").index
    return counts.loc[order]


def describe_extremes(counts: pd.DataFrame) -> str:
    """The largest and the smallest classes of `class_counts`, named in a sentence each."""
    totals = counts.sum(axis="columns")
    if totals.min() == totals.max():
        return f"All classes have the same size: {counted(totals.max(), 'clip')}."
    return f"Largest: {_name(totals, totals.max())}. Smallest: {_name(totals, totals.min())}."


def labels_per_clip(catalogue: Catalogue) -> pd.Series:
    """Number of clips for each number of labels that occurs; 0 stands for labels that are not known."""
    return catalogue.label_counts.groupby("num_labels")["count"].sum().rename_axis("labels").rename("clips")


def cooccurrence(catalogue: Catalogue) -> pd.DataFrame:
    """Number of clips in which two classes occur together.

    Returns
    -------
    pd.DataFrame [shape=(n, n)]
        Symmetric, zero on the diagonal, for the n classes that occur with another one; the class with
        most company first, by name where equal. Empty where no clip has two labels.
    """
    strings = catalogue.label_counts
    strings = strings[strings["num_labels"] > 1].groupby("labels")["count"].sum()
    pairs = [
        (*pair, count)
        for string, count in strings.items()
        for pair in combinations(sorted(set(split_labels(str(string)))), 2)
    ]
    names = sorted({name for first, second, _ in pairs for name in (first, second)})
    place = {name: index for index, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    for first, second, count in pairs:
        counts[place[first], place[second]] += count
        counts[place[second], place[first]] += count
    order = np.argsort(-counts.sum(axis=1), kind="stable")
    ordered = [names[index] for index in order]
    return pd.DataFrame(counts[np.ix_(order, order)], index=ordered, columns=ordered)


def describe_pairs(counts: pd.DataFrame) -> str:
    """A sentence with the pair that occurs most often, and the number of pairs."""
    upper = np.triu(counts.to_numpy())
    row, column = np.unravel_index(upper.argmax(), upper.shape)
    return (
        f"{np.count_nonzero(upper):,} pairs of {len(counts)} classes occur together, most often "
        f"{counts.index[row]} with {counts.columns[column]} ({upper[row, column]:,} clips)."
    )


def _name(totals: pd.Series, size: int) -> str:
    names = sorted(totals.index[totals == size])
    each = " each" if len(names) > 1 else ""
    return f"{list_some(names, _MAX_NAMED)}, {counted(size, 'clip')}{each}"
