"""The command diagnose."""

import argparse
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands, add_top, num_shown
from fsat_core.cli.opened import add_whose, find_runs, read_catalogue, read_labels
from fsat_core.cli.output import json_rows, print_result
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings
from fsat_core.text import readable

if TYPE_CHECKING:
    import pandas as pd

    from fsat_core.evaluation import Confusions, Predictions

_SHOWN = 10


def add_commands(commands: Commands) -> None:
    """Add it."""
    diagnose = commands.add(
        "diagnose", _diagnose, "Where a finished run is wrong, out of fold", data=True, runs=True
    )
    diagnose.add_argument("run_id", metavar="RUN_ID")
    add_whose(diagnose, "that it was trained on")
    only = diagnose.add_mutually_exclusive_group()
    only.add_argument("--clip", type=readable, metavar="CLIP_ID", help="only what it predicts for this clip")
    only.add_argument(
        "--cell",
        nargs=2,
        metavar=("TRUE", "PREDICTED"),
        help="only the clips of one class that it takes for the other",
    )
    add_top(diagnose, _SHOWN, "confusions and clips")


def _diagnose(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core.evaluation import count_confusions, load_oof, worst_clips
    from fsat_core.evaluation.label_quality import relabel

    (run,) = find_runs(settings, [options.run_id])
    oof, top = load_oof(run), num_shown(options, _SHOWN)
    if options.whose:
        labels = read_labels(options, settings, read_catalogue(settings)[1])
        oof = oof if labels is None else relabel(oof, labels.table, fill=0.0)
    if options.clip is not None:
        return _print_clip(options, oof)
    confusions = count_confusions(oof, outranked=run.config.task == "multi")
    worst = worst_clips(oof, len(oof.clip_ids))
    if options.cell is not None:
        for name in options.cell:
            _check(name, oof.classes, f"class that run '{run.run_id}' knows")
        true, predicted = options.cell
        worst = worst[worst["clip_id"].isin(confusions.clips(oof, (true, predicted)))]
        rows = json_rows(worst[:top])
        print_result(options, rows, "\n".join(map(_say_clip, rows)) or "No clip")
        return OK
    return _print_all(options, oof, confusions, worst, top)


def _print_all(
    options: argparse.Namespace,
    oof: "Predictions",
    confusions: "Confusions",
    worst: "pd.DataFrame",
    top: int | None,
) -> int:
    from fsat_core.evaluation import calibration, describe_calibration, largest_confusions

    bins = calibration(oof)
    pairs = largest_confusions(confusions.counts, confusions.counts.size, confusions.totals)
    value = {
        "run_id": options.run_id,
        "confusions": json_rows(pairs[:top]),
        "calibration": json_rows(bins),
        "worst_clips": json_rows(worst[:top]),
    }
    lines = [confusions.describe()]
    above = "below" if confusions.outranked else "as"
    lines += [
        "  {clips:,} x {true} {above} {predicted}".format(**row, above=above) for row in value["confusions"]
    ]
    lines += [describe_calibration(bins), "Worst clips:", *map(_say_clip, value["worst_clips"])]
    print_result(options, value, "\n".join(lines))
    return OK


def _print_clip(options: argparse.Namespace, oof: "Predictions") -> int:
    import pandas as pd

    from fsat_core.dataset import split_labels
    from fsat_core.evaluation import answer

    _check(options.clip, oof.clip_ids, "clip that it predicted out of fold")
    one = oof.select([options.clip])
    rows = json_rows(answer(pd.Series(one.probabilities[0], one.classes), split_labels(one.labels()[0])))
    lines = [
        f"{row['class']} {row['probability']:.3f}{'  (labelled)' if row['right'] else ''}" for row in rows
    ]
    print_result(options, rows, "\n".join(lines))
    return OK


def _say_clip(row: dict[str, Any]) -> str:
    return "  {clip_id}  {labels} -> {predicted} {probability:.3f}  margin {margin:+.3f}".format(**row)


def _check(name: str, known: list[str], what: str) -> None:
    if name not in known:
        raise ConfigError(f"'{name}': expected a {what}, such as '{known[0]}'. Correct the name.")
