"""Which clips a run trains on, their targets, and the fold that each one is held out in."""

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from fsat_core.config.train_config import TrainConfig
from fsat_core.dataset.label_text import label_matrix, split_labels, used_classes
from fsat_core.errors import ConfigError
from fsat_core.runs.run import NO_FOLD
from fsat_core.text import counted, list_some

# Columns of a table that say which recording a clip was cut from. FSDKaggle2019's noisy clips come from
# Flickr videos, several of one at times; its curated clips have a Freesound sound each.
SOURCE_COLUMNS = ("source", "flickr_video_URL", "freesound_id")


def no_denials() -> pd.DataFrame:
    """The table of clips that only deny classes, without any."""
    return pd.DataFrame({"clip_id": [], "denied": []}, dtype="str").assign(fold=np.int64(NO_FOLD))


@dataclass(frozen=True)
class LabelledClips:
    """The pinned labels of a run, as `labels.csv` holds them.

    `table` has the columns `clip_id, labels, fold`; `classes` is the order of the network's outputs;
    `warnings` are lines for the user. `denied` are the clips without a label of which classes are denied, as
    `denied.csv` holds them: columns `clip_id, denied, fold`. No fold holds them out, and every fold trains on
    them but `fold`, which holds out labelled clips of their source; -1 where none does.
    """

    table: pd.DataFrame
    classes: list[str]
    warnings: list[str]
    denied: pd.DataFrame = field(default_factory=no_denials)

    @property
    def targets(self) -> np.ndarray:
        """0/1 matrix [shape=(num_clips, num_classes)], float32."""
        return label_matrix(self.table["labels"], self.classes)


def pin_labels(catalogue: pd.DataFrame, config: TrainConfig) -> LabelledClips:
    """Choose the clips of a run and assign each to a stratified fold.

    The single-label task takes clips with exactly one label; both tasks leave out clips whose file
    cannot be read. Stratification is scikit-learn's for single labels and Sechidis et al.'s (2011)
    iterative one for several. Clips of one source, where a column of `SOURCE_COLUMNS` names it, are held
    out together, so that no network is validated on a recording that it has trained on. Clips without a
    label of which classes are denied (column `denied`, if there is one) teach these, where there are several.

    Raises
    ------
    ConfigError
        If fewer clips than folds are left, or fewer than two classes.
    """
    readable = catalogue[catalogue["split"].isin(config.splits) & (catalogue["error"] == "")]
    is_single = config.task == "single"
    rows = readable[readable["num_labels"] == 1 if is_single else readable["num_labels"] > 0]
    classes = sorted(used_classes(rows["labels"]))
    kind = "single-label" if is_single else "labelled"
    where = " + ".join(config.splits)
    if len(rows) < config.n_folds or len(classes) < 2:
        raise ConfigError(
            f"{len(rows)} readable {kind} clips of {len(classes)} classes in {where}: expected at least "
            f"{config.n_folds} clips (one per fold) of 2 classes. {_advise(catalogue, config)}"
        )
    table = rows[["clip_id", "labels"]].reset_index(drop=True)
    targets = label_matrix(table["labels"], classes)
    names = _sources(rows)
    sources = pd.factorize(names)[0]
    num_sources = sources.max() + 1
    if num_sources < config.n_folds:
        raise ConfigError(
            f"The {len(rows)} {kind} clips in {where} come from {num_sources} source(s): expected at least "
            f"{config.n_folds}, one per fold. Use fewer folds."
        )
    table["fold"] = _assign_folds(targets, sources, config)
    notes = _rare_classes(targets, classes, config.n_folds)
    if num_sources < len(rows):
        notes.append(
            f"The {len(rows):,} clips come from {num_sources:,} sources; clips of one source share a fold."
        )
    denied, told = _denied_clips(readable, classes, config)
    fold_of = dict(zip(names, table["fold"], strict=True))
    folds = _sources(denied).map(fold_of).fillna(NO_FOLD).astype(np.int64)
    denied = denied[["clip_id", "denied"]].assign(fold=folds)
    return LabelledClips(table, classes, [*notes, *told], denied)


def _denied_clips(
    rows: pd.DataFrame, classes: list[str], config: TrainConfig
) -> tuple[pd.DataFrame, list[str]]:
    """The clips that only say what they are not, as far as that can be taught, and lines for the user."""
    if "denied" not in rows:
        return no_denials(), []
    denying = rows[(rows["labels"] == "") & (rows["denied"] != "")]
    teaches = denying["denied"].map(lambda text: bool({*split_labels(text)} & {*classes})).astype(bool)
    taught = denying[teaches & (config.task == "multi")].reset_index(drop=True)
    notes = []
    if len(taught):
        notes.append(
            f"{counted(len(taught), 'clip')} without a label: only what is denied is taught by them."
        )
    if num_left_out := len(denying) - len(taught):
        why = "one label is expected" if config.task == "single" else "no other clip has these classes"
        notes.append(f"{counted(num_left_out, 'clip')} left out: all labels are denied, and {why}.")
    return taught, notes


def _advise(catalogue: pd.DataFrame, config: TrainConfig) -> str:
    """What to do about too few clips."""
    if catalogue.loc[catalogue["split"] != "test", "labels"].eq("").all():
        return (
            "No clip of this data set has labels to train on: give clips some on Label, make a label set of "
            "them there and train on it, or open a set whose clips have labels."
        )
    faulty = catalogue.loc[catalogue["split"].isin(config.splits) & (catalogue["error"] != ""), "error"]
    if len(faulty):
        return (
            f"{counted(len(faulty), 'clip')} there cannot be read: mend them, `python -m fsat_core clips "
            f"--show unreadable` lists them. The first is {faulty.iloc[0]}"
        )
    return "Add clips, other splits or fewer folds."


def _sources(rows: pd.DataFrame) -> pd.Series:
    """What each clip was cut from, in words that only clips of one source share."""
    source = rows["clip_id"].astype(str)
    for column in reversed(SOURCE_COLUMNS):
        if column in rows:
            named = rows[column].fillna("").astype(str)
            source = source.where(named == "", column + " " + named)
    return source


def _assign_folds(targets: np.ndarray, sources: np.ndarray, config: TrainConfig) -> np.ndarray:
    """The fold of each clip, 0 to n_folds - 1: stratified over sources, with the labels of their clips."""
    labels = np.zeros((sources.max() + 1, targets.shape[1]), dtype=np.int64)
    np.maximum.at(labels, sources, targets.astype(np.int64))
    return _stratify(labels, config)[sources]


def _stratify(labels: np.ndarray, config: TrainConfig) -> np.ndarray:
    """A fold for each row of the 0/1 matrix."""
    from iterstrat.ml_stratifiers import MultilabelStratifiedKFold
    from sklearn.model_selection import KFold, StratifiedKFold

    splitter_class, strata = StratifiedKFold, labels.argmax(axis=1)
    if (labels.sum(axis=1) > 1).any() or config.task == "multi":
        splitter_class, strata = MultilabelStratifiedKFold, labels
    elif np.bincount(strata).max() < config.n_folds:
        splitter_class = KFold  # no class can be in every fold, which StratifiedKFold refuses
    splitter = splitter_class(config.n_folds, shuffle=True, random_state=config.seed)
    folds = np.zeros(len(labels), dtype=np.int64)
    with warnings.catch_warnings():
        # scikit-learn warns of classes smaller than n_folds; _rare_classes names them to the user instead.
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        for fold, (_, held_out) in enumerate(splitter.split(np.zeros(len(labels)), strata)):
            folds[held_out] = fold
    return folds


def _rare_classes(targets: np.ndarray, classes: list[str], n_folds: int) -> list[str]:
    counts = targets.sum(axis=0).astype(int)
    rare = [f"{name} ({count})" for name, count in zip(classes, counts, strict=True) if count < n_folds]
    if not rare:
        return []
    return [
        f"{counted(len(rare), 'class')} {'has' if len(rare) == 1 else 'have'} fewer clips than the {n_folds} "
        f"folds: {list_some(rare)}. Some folds "
        "validate without them; a class with one clip is never trained on in the fold that holds it out."
    ]
