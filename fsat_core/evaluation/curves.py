"""Learning curves: the best epoch of each fold, means over the folds, and what they show in words."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fsat_core.text import counted

CURVES = {"loss": "Loss", "accuracy": "Accuracy", "lwlrap": "lwlrap"}
_NUM_LISTED = 10
_SMALL = 0.005  # of a loss; less is not seen in two digits


def best_epochs(metrics: pd.DataFrame, monitor: str = "loss") -> pd.DataFrame:
    """The best epoch of each fold, and how it went on from there.

    Parameters
    ----------
    metrics : pd.DataFrame
        As `Run.metrics` returns it: one row per fold and epoch.
    monitor : "loss" or "lwlrap"
        The best epoch has the lowest validation loss or the highest validation lwlrap; it is the first one
        of equals.

    Returns
    -------
    pd.DataFrame
        Columns `best_epoch, last_epoch, gap, change`, indexed by fold: `gap` is the validation value - the
        training value at the last epoch, `change` the validation value there - the one of the best epoch.
        Epochs without a finite validation value are passed over, and folds that have no other ones left out.
    """
    finite = metrics[np.isfinite(metrics[f"val_{monitor}"])].sort_values(["fold", "epoch"])
    by_fold = finite.groupby("fold")
    values = by_fold[f"val_{monitor}"]
    best = finite.loc[values.idxmin() if monitor == "loss" else values.idxmax()].set_index("fold")
    last = finite.loc[by_fold["epoch"].idxmax()].set_index("fold")
    return pd.DataFrame(
        {
            "best_epoch": best["epoch"].astype(int),
            "last_epoch": last["epoch"].astype(int),
            "gap": last[f"val_{monitor}"] - last[monitor],
            "change": last[f"val_{monitor}"] - best[f"val_{monitor}"],
        }
    )


def mean_curves(metrics: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mean and range of one column over the folds that reached each epoch.

    Returns
    -------
    pd.DataFrame
        Columns `mean, low, high, num_folds`, indexed by epoch.
    """
    table = metrics.groupby("epoch")[column].agg(["mean", "min", "max", "count"])
    return table.set_axis(["mean", "low", "high", "num_folds"], axis="columns")


def smooth(values: pd.Series, weight: float) -> pd.Series:
    """Exponential moving average without the bias of its start, as TensorBoard has it.

    Parameters
    ----------
    values : pd.Series
        What is not finite stays a gap, and counts for nothing.
    weight : float
        Of all that came before, from 0 (nothing is changed) to below 1.
    """
    finite = values.astype(float).where(np.isfinite(values.astype(float)))
    return finite.ewm(alpha=1 - weight, ignore_na=True).mean().where(finite.notna())


def train_time(fold: pd.DataFrame) -> pd.Series:
    """Seconds from the start of a fold to the end of each of its epochs; NaN where they were not kept.

    `fold` has the rows of one fold in the order of their epochs, as `Run.metrics` returns them.
    """
    return fold["seconds"].astype(float).cumsum()


def describe_curve(metrics: pd.DataFrame, curve: str) -> str:
    """A sentence on one of `CURVES`: how many epochs it shows, and its best validation value."""
    shown = f"{CURVES[curve]} in training and validation over {counted(len(metrics), 'epoch')} of all folds"
    values = metrics["val_" + curve].dropna()
    if values.empty:
        return f"{shown}; no validation value yet."
    best = "lowest" if curve == "loss" else "highest"
    row = metrics.loc[values.idxmin() if curve == "loss" else values.idxmax()]
    return (
        f"{shown}; the {best} in validation is {row['val_' + curve]:.3f}, "
        f"in fold {row['fold'] + 1:.0f} at epoch {row['epoch']:.0f}."
    )


def describe_learning(metrics: pd.DataFrame) -> str:
    """What the curves of a run show, in numbers: best epochs, last gap, and whether it trained too long."""
    folds = best_epochs(metrics)
    if folds.empty:
        return "No epoch has a validation loss."
    return f"{_epochs(folds)} {_gaps(folds['gap'])} {_rise(folds['change'])}"


def describe_validation(runs: Mapping[str, pd.DataFrame], shown: Sequence[str] = tuple(CURVES)) -> str:
    """The best validation values of some runs, mean over their folds, in a sentence.

    Parameters
    ----------
    runs : mapping of str to pd.DataFrame
        What to call each run, and its metrics as `Run.metrics` returns them.
    shown : sequence of str
        Some of `CURVES`.
    """
    parts = []
    for name, metrics in runs.items():
        values = []
        for curve in shown:
            by_fold = metrics.groupby("fold")["val_" + curve]
            best = (by_fold.min() if curve == "loss" else by_fold.max()).mean()
            values.append(f"{CURVES[curve].lower()} {best:.3f}")
        parts.append(f"{name.lower()} {', '.join(values)}")
    return f"Best in validation, mean over the folds: {'; '.join(parts)}."


def _epochs(folds: pd.DataFrame) -> str:
    last = folds["last_epoch"]
    lengths = counted(int(last.max()), "epoch")
    if last.min() < last.max():
        lengths = f"{last.min()} to {lengths}"
    if len(folds) <= _NUM_LISTED:
        epochs = ", ".join(map(str, folds["best_epoch"]))
    else:
        epochs = f"{folds['best_epoch'].min()} to {folds['best_epoch'].max()}"
    names = [str(fold + 1) for fold in folds.index]
    which = f"fold {names[0]}" if len(names) == 1 else f"folds {names[0]} to {names[-1]}"
    return f"Validation loss is lowest at epoch {epochs} ({which}, trained for {lengths})."


def _gaps(gaps: pd.Series) -> str:
    side = "above" if gaps.mean() >= 0 else "below"
    spread = f" ({gaps.min():+.2f} to {gaps.max():+.2f})" if len(gaps) > 1 else ""
    average = " on average" if len(gaps) > 1 else ""
    return f"At the last epoch it is {abs(gaps.mean()):.2f} {side} the training loss{average}{spread}."


def _rise(rises: pd.Series) -> str:
    mean = rises.mean()
    if mean < _SMALL:
        return "It was still at its lowest then: more epochs may help."
    return f"By then it has risen {mean:.2f} above its lowest value."
