"""A model card: what networks were trained on, how good they are, and what is not known of them.

References
----------
Mitchell et al. (2019), "Model cards for model reporting", FAT*.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from fsat_core.dataset import Dataset, open_dataset
from fsat_core.dataset.clip_ids import clip_id_of
from fsat_core.errors import FsatError
from fsat_core.evaluation import (
    Predictions,
    count_confusions,
    curated_warning,
    largest_confusions,
    load_oof,
    load_test,
    per_class,
    score,
    sort_scores,
)
from fsat_core.evaluation.scores import accuracy_interval, overall_interval
from fsat_core.evaluation.truth import truth_of_runs
from fsat_core.prediction.choice import default_combination
from fsat_core.prediction.run_table import align_oof
from fsat_core.prediction.together import combine_oof, fit_stack, weights_of
from fsat_core.runs import Run
from fsat_core.text import counted

_MOST_PAIRS = 10
_LICENCE_COLUMNS = ("license", "licence")
_LICENCE_FILES = ("LICEN[CS]E*", "*.doc/LICEN[CS]E*")
_BY_WHOM = {
    "curated": "those of the curated clips were given or checked by people",
    "noisy": "those of the noisy clips were not checked by people",
}

_USE = """## Use

With Python 3.10 or newer, in the folder of this file:

    pip install -r requirements.txt
    python tag.py FILE...

`tag.py` prints a line of JSON for each sound file: the probability of every class, or why there is none. In
Python, `from tag import tag` and `tag("a.wav")` give the same. `sound.py` turns a file into what the networks
take in, `bundle.json` says how, and each `members.onnx` holds all folds of a run.

Sound may have any rate, length and number of channels, in whatever format libsndfile reads (WAV, FLAC, Ogg,
MP3). Channels are mixed to their mean. Windows that are silent are left out, and the mean is taken over the
others. Silence, too, gets probabilities: they say nothing. A compressed file that breaks off may be answered
for what is left of it.
"""
_PRETRAINED = """## Pretrained

YAMNet (M. Plakal, D. Ellis; Apache-2.0) was trained on AudioSet by its authors, and lies beside this card as
`yamnet.onnx`: `NOTICE.txt` says whose it is and what was changed, `LICENSE-yamnet.txt` is its licence. The
FSDKaggle2019 competition allowed no pretrained networks.
"""
_TAUGHT = """## Taught by a pretrained network

Beside the labels, networks learnt what YAMNet (M. Plakal, D. Ellis; Apache-2.0), which was trained on
AudioSet, says of their crops. They do not need it to predict. The FSDKaggle2019 competition allowed no
pretrained networks.
"""
_JUDGED = """Scores out of fold are of clips of the same data set that the network of a fold was not trained
on. The set's own labels are taken for true, also where they are wrong. What is chosen by these scores, such
as when training stops, makes them a little too good.
"""
_UNKNOWN = """Nothing is known of other microphones, places, distances or codecs, of long recordings in which
most is background, of several sounds at once where networks were trained on clips of one, or of sounds of
other classes: these get the probability of the classes above, too. Probabilities were not calibrated for
other data, or another share of the classes. It should not decide alone where a mistake does harm.
"""


def model_card(runs: Sequence[Run], label_sets: Mapping[str, str]) -> str:
    """The card of some finished runs together, as Markdown.

    Parameters
    ----------
    runs : sequence of Run
    label_sets : mapping
        Who made a label set, and how, by its name.
    """
    classes = dict.fromkeys(name for run in runs for name in run.classes)
    names = ", ".join(dict.fromkeys(run.config.network.title for run in runs))
    parts = [f"# Audio tags: {names}\n", f"{counted(len(classes), 'class')}: {', '.join(classes)}.\n", _USE]
    if len(runs) > 1:
        parts.append(_together(runs))
    parts += ["\n".join(_run(run, label_sets)) + "\n" for run in runs]
    if any(run.config.network.pretrained_on for run in runs):
        parts.append(_PRETRAINED)
    if any(run.config.has_teacher for run in runs):
        parts.append(_TAUGHT)
    return "\n".join([*parts, *_limits(runs)])


def _together(runs: Sequence[Run]) -> str:
    how = default_combination(runs)
    means = "The geometric mean of all networks.\n"
    if how == "weighted":
        weights = zip((run.run_id for run in runs), weights_of(runs), strict=True)
        listed = ", ".join(f"{run_id} {weight:.2f}" for run_id, weight in weights)
        means = f"A weighted mean of the runs, in which these weights multiply what they say: {listed}.\n"
    lines = ["## All together\n", means]
    try:
        table = align_oof(runs)
        together = combine_oof(table, fit_stack(table, how))
        lines += _scores("out of fold, over the clips that all runs have", together)
    except FsatError as error:  # nothing to judge them by
        lines.append(f"Not scored: {error}")
    return "\n".join(lines) + "\n"


def _run(run: Run, label_sets: Mapping[str, str]) -> Iterator[str]:
    config = run.config
    yield f"## {run.run_id}\n"
    yield f"- Network: {config.network.title}, recipe {config.recipe}, {config.task}-label"
    yield from _data(run, label_sets)
    oof = load_oof(run)
    yield from _scores("out of fold", oof)
    truth = truth_of_runs([run])
    if truth is not None:
        with suppress(FsatError):  # of other test clips, say
            yield from _scores("on the test clips", load_test(run, truth))
    yield from _confusions(run, oof)
    yield from _classes(oof)


def _data(run: Run, label_sets: Mapping[str, str]) -> Iterator[str]:
    config, labels, dataset = run.config, run.labels(), _dataset_of(run)
    name = dataset.name if dataset else run.data_dir.name
    synthesised = ", which is synthesised" if dataset and dataset.is_demo else ""
    yield f"- Data: {name}{synthesised}; {counted(len(labels), 'clip')} of {', '.join(config.splits)}"
    if config.label_set:
        known = label_sets.get(config.label_set, "who decided so is not known here")
        yield f"- Labels: those of the label set '{config.label_set}' ({known})"
    else:
        whose = "; ".join(_BY_WHOM[split] for split in config.splits)
        yield f"- Labels: those of the data set's tables; {whose}"
    yield from _licences(dataset, set(labels["clip_id"]))
    yield (
        f"- Folds: {config.n_folds}, each clip held out by one; clips of one source are held out together, "
        "where the tables name it"
    )


def _dataset_of(run: Run) -> Dataset | None:
    """The data set of a run; None where it is not there any more."""
    with suppress(FsatError):
        return open_dataset(run.data_dir)
    return None


def _licences(dataset: Dataset | None, clip_ids: set[str]) -> Iterator[str]:
    """What the data set says of its licences, if it is there and says something."""
    if dataset is None:
        return
    table = dataset.table[clip_id_of(dataset.table["split"], dataset.table["fname"]).isin(clip_ids)]
    for column in set(table.columns).intersection(_LICENCE_COLUMNS):
        counts = table[column].fillna("").str.strip().replace("", "not said").value_counts()
        yield "- Licences of the clips: " + ", ".join(f"{name} ({num:,})" for name, num in counts.items())
    found = sorted(path.name for pattern in _LICENCE_FILES for path in dataset.root.glob(pattern))
    if found:
        yield f"- The data set has its licence in {', '.join(found)}"


def _scores(where: str, predictions: Predictions) -> Iterator[str]:
    scores = score(predictions)
    for name, value, bounds in (
        ("lwlrap", scores.lwlrap, overall_interval(predictions)),
        ("Accuracy", scores.accuracy, accuracy_interval(predictions)),
    ):
        yield f"- {name} {where}: {_number(value)} ({_interval(bounds)}), {counted(scores.num_clips, 'clip')}"


def _confusions(run: Run, oof: Predictions) -> Iterator[str]:
    confusions = count_confusions(oof, outranked=run.config.task == "multi")
    pairs = largest_confusions(confusions.counts, _MOST_PAIRS)
    yield f"- {confusions.describe()}"
    verb = "has this one ranked above it" if confusions.outranked else "is taken for"
    if len(pairs):
        yield "- Largest confusions:"
    for _, pair in pairs.iterrows():
        yield f"  - {pair['true']} {verb}: {pair['predicted']}, {counted(int(pair['clips']), 'clip')}"


def _classes(oof: Predictions) -> Iterator[str]:
    yield "\n| class, hardest first | clips | lwlrap out of fold | 95 % interval | accuracy |"
    yield "|---|---|---|---|---|"
    for _, row in sort_scores(per_class(oof)).iterrows():
        name = str(row["class"]).replace("|", "\\|")
        value, low, high = map(_number, row[["lwlrap", "low", "high"]])
        yield f"| {name} | {row['count']} | {value} | {low} to {high} | {_number(row['accuracy'])} |"


def _limits(runs: Sequence[Run]) -> Iterator[str]:
    yield "## What it was not tested on\n"
    yield _JUDGED
    if warning := next(filter(None, map(curated_warning, runs)), None):
        yield warning
    yield _UNKNOWN


def _interval(bounds: tuple[float, float]) -> str:
    low, high = bounds
    return "too few clips for an interval" if np.isnan(low) else f"95 % interval {low:.3f} to {high:.3f}"


def _number(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"
