"""The command statistics."""

import argparse
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands
from fsat_core.cli.opened import add_whose, read_catalogue, read_labels
from fsat_core.cli.output import json_rows, print_result
from fsat_core.errors import DatasetError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


def add_commands(commands: Commands) -> None:
    """Add it."""
    summary = "Count clips by class, length and number of labels, and classes that occur together"
    statistics = commands.add("statistics", _statistics, summary, data=True)
    statistics.add_argument(
        "--split", action="append", choices=("curated", "noisy", "test"), help="only this one (default: all)"
    )
    statistics.add_argument(
        "--labels", choices=("all", "single", "several"), default="all", help="how many labels"
    )
    add_whose(statistics)
    statistics.add_argument("--unit", choices=("frames", "seconds"), default="seconds", help="of lengths")


def _statistics(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.dataset.filters import select_clips
    from fsat_core.dataset.length_distribution import length_histogram
    from fsat_core.dataset.statistics import (
        class_counts,
        cooccurrence,
        describe_extremes,
        describe_pairs,
        labels_per_clip,
    )

    catalogue = read_catalogue(settings)[1]
    if (labels := read_labels(options, settings, catalogue)) is not None:
        catalogue = labels.clips.filter("NOT is_removed")
    clips = select_clips(catalogue, options.split or (), options.labels)
    if clips.is_empty:
        raise DatasetError(
            "No clip is left: expected at least one. Choose another split or number of labels."
        )
    classes, pairs, numbers = class_counts(clips), cooccurrence(clips), labels_per_clip(clips)
    histogram = length_histogram(clips, options.unit)
    value: dict[str, Any] = {
        "num_clips": len(clips),
        "classes": json_rows(classes.rename_axis("class").reset_index()),
        "labels_per_clip": json_rows(numbers.reset_index()),
        "pairs": _pairs(pairs),
        "lengths": {
            "unit": options.unit,
            "edges": histogram.edges.tolist(),
            **{name.lower(): counts.tolist() for name, counts in histogram.counts.items()},
        },
    }
    lines = [f"{len(clips):,} clips"]
    lines += [f"  {row['clips']:,} with {row['labels']} label(s)" for row in value["labels_per_clip"]]
    lines += [f"  {name}: {total:,}" for name, total in classes.sum(axis="columns").items()]
    lines += [] if classes.empty else [describe_extremes(classes)]
    lines += [] if pairs.empty else [describe_pairs(pairs)]
    print_result(options, value, "\n".join(lines))
    return OK


def _pairs(counts: "pd.DataFrame") -> list[dict[str, Any]]:
    """Each pair of classes that occur together, the most frequent first."""
    pairs = [
        {"classes": [first, second], "num_clips": int(counts.loc[first, second])}
        for place, first in enumerate(counts.index)
        for second in counts.index[place + 1 :]
        if counts.loc[first, second]
    ]
    return sorted(pairs, key=lambda pair: -pair["num_clips"])
