"""A model card: what networks were trained on, how good they are, and what is not known of them."""

from collections.abc import Iterator, Sequence

from fsat_core.evaluation import count_confusions, largest_confusions, load_oof, score
from fsat_core.evaluation.scores import overall_interval
from fsat_core.runs import Run
from fsat_core.text import counted

_MOST_PAIRS = 10

_USE = """## Use

`python predict.py FILE...` prints, for each sound file, the probability of every class. It needs Python with
numpy, soundfile, soxr and onnxruntime. `sound.py` turns a file into what the networks take in, `bundle.json`
says how, and `members.onnx` holds all folds of a run.
"""
_PRETRAINED = """## Pretrained

YAMNet (M. Plakal, D. Ellis; Apache-2.0) was trained on AudioSet by its authors, and lies beside this card as
`yamnet.onnx`. The FSDKaggle2019 competition allowed no pretrained networks.
"""
_TAUGHT = """## Taught by a pretrained network

Beside the labels, networks learnt what YAMNet (M. Plakal, D. Ellis; Apache-2.0), which was trained on
AudioSet, says of their crops. They do not need it to predict. The FSDKaggle2019 competition allowed no
pretrained networks.
"""
_LIMITS = """## What it was not tested on

All scores are of held-out clips of the same data set. Nothing is known of other microphones, places or
recorders, of longer scenes with many sounds, or of sounds of other classes: these get the probability of the
classes above, too. It should not decide alone where a mistake does harm.
"""


def model_card(runs: Sequence[Run]) -> str:
    """The card of some finished runs together, as Markdown."""
    classes = dict.fromkeys(name for run in runs for name in run.classes)
    names = ", ".join(dict.fromkeys(run.config.network.title for run in runs))
    parts = [f"# Audio tags: {names}\n", f"{counted(len(classes), 'class')}: {', '.join(classes)}.\n", _USE]
    parts += ["\n".join(_lines(run)) + "\n" for run in runs]
    if any(run.config.network.pretrained_on for run in runs):
        parts.append(_PRETRAINED)
    if any(run.config.has_teacher for run in runs):
        parts.append(_TAUGHT)
    return "\n".join([*parts, _LIMITS])


def _lines(run: Run) -> Iterator[str]:
    config, labels, oof = run.config, run.labels(), load_oof(run)
    scores, (low, high) = score(oof), overall_interval(oof)
    whose = (
        f"those of the label set {config.label_set}" if config.label_set else "those of the data set's tables"
    )
    yield f"## {run.run_id}\n"
    yield f"- Network: {config.network.title}, recipe {config.recipe}, {config.task}-label"
    yield f"- Data: {run.data_dir.name}, {counted(len(labels), 'clip')} of {', '.join(config.splits)}"
    yield f"- Labels: {whose}"
    yield f"- Folds: {config.n_folds}; clips of one source are held out together, where the tables name it"
    yield f"- lwlrap out of fold: {scores.lwlrap:.3f} (95 % interval {low:.3f} to {high:.3f})"
    yield f"- Accuracy out of fold: {scores.accuracy:.3f}, of {counted(scores.num_clips, 'clip')}"
    confusions = count_confusions(oof, outranked=config.task == "multi")
    pairs = largest_confusions(confusions.counts, _MOST_PAIRS)
    if len(pairs):
        yield "- Largest confusions:"
    for _, pair in pairs.iterrows():
        yield f"  - {pair['true']} taken for {pair['predicted']}: {counted(int(pair['clips']), 'clip')}"
