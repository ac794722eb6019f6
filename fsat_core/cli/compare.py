"""The command compare."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fsat_core.cli.command import OK, Commands, add_top, num_shown
from fsat_core.cli.opened import add_whose, find_runs, read_catalogue, read_labels
from fsat_core.cli.output import json_rows, print_result
from fsat_core.errors import ConfigError
from fsat_core.settings import Settings

if TYPE_CHECKING:
    from fsat_core.evaluation import Pair, Predictions

_SHOWN = 10


def add_commands(commands: Commands) -> None:
    """Add it."""
    compare = commands.add(
        "compare", _compare, "What changed from one finished run to another", data=True, runs=True
    )
    compare.add_argument("baseline", metavar="BASELINE", help="a run")
    compare.add_argument("candidate", metavar="CANDIDATE", help="the run that may be better")
    compare.add_argument(
        "--own-labels", action="store_true", help="score each by its own labels (default: the candidate's)"
    )
    add_whose(compare, "of the candidate")
    add_top(compare, _SHOWN, "clips that changed most")


def _compare(options: argparse.Namespace, settings: Settings) -> int:
    from fsat_core import evaluation

    pair = _pair(settings, options.baseline, options.candidate)
    if options.whose and (labels := read_labels(options, settings, read_catalogue(settings)[1])) is not None:
        pair = pair.judge(labels.table)
    scored = pair.to_score(options.own_labels)
    clips = evaluation.changed_clips(pair, options.own_labels)
    classes = evaluation.sort_changes(evaluation.compare(pair, options.own_labels))
    value = {
        "baseline": _score(options.baseline, scored.baseline),
        "candidate": _score(options.candidate, scored.candidate),
        "num_clips": len(pair.candidate.clip_ids),
        "num_relabelled": len(pair.relabelled),
        "num_mended": int((clips["kind"] == "mended").sum()),
        "num_broken": int((clips["kind"] == "broken").sum()),
        "only_baseline": pair.only_baseline,
        "only_candidate": pair.only_candidate,
        "classes": json_rows(classes),
        "clips": json_rows(clips[: num_shown(options, _SHOWN)]),
    }
    summary = evaluation.describe_changes(classes) if len(classes) else "No class in common."
    print_result(options, value, "\n".join(_lines(value, summary)))
    return OK


def _pair(settings: Settings, baseline: str, candidate: str) -> "Pair":
    from fsat_core.evaluation import load_oof, pair_up

    old, new = (load_oof(find_runs(settings, [name])[0]) for name in (baseline, candidate))
    pair = pair_up(baseline=old, candidate=new)
    if not pair.candidate.clip_ids:
        raise ConfigError(
            f"The runs {baseline} and {candidate} have no clip in common: expected runs on the same set and "
            "splits. Choose others."
        )
    return pair


def _score(run_id: str, predictions: "Predictions") -> dict[str, Any]:
    from fsat_core.evaluation import score

    scores = score(predictions)
    return {"run_id": run_id, "lwlrap": scores.lwlrap, "accuracy": scores.accuracy}


def _lines(value: dict[str, Any], summary: str) -> Iterator[str]:
    for name in ("baseline", "candidate"):
        yield "{run_id}  lwlrap {lwlrap:.4f}  accuracy {accuracy:.4f}".format(**value[name])
    yield (
        "{num_clips:,} clips of both, {num_relabelled:,} with other labels; {num_mended:,} from wrong to "
        "right, {num_broken:,} from right to wrong"
    ).format(**value)
    for row in value["classes"]:
        yield "  {class}  {change:+.4f}  ({baseline:.4f} to {candidate:.4f})".format(**row)
    yield summary
    for name in ("baseline", "candidate"):
        if names := value[f"only_{name}"]:
            yield f"Only the {name} knows {', '.join(names)}."
    for row in value["clips"]:
        yield "  {clip_id}  {labels}: {baseline_predicted} -> {candidate_predicted}  {change:+.3f}".format(
            **row
        )
