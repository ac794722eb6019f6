"""What learning curves show, in words."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from fsat_core.charts.training import CURVES

_NUM_LISTED = 10
_SMALL = 0.005  # of a loss; less is not seen in two digits


def lowest_losses(metrics: pd.DataFrame) -> pd.DataFrame:
    """Where the validation loss of each fold was lowest, and where it ended.

    Parameters
    ----------
    metrics : pd.DataFrame
        As `Run.metrics` returns it: one row per fold and epoch.

    Returns
    -------
    pd.DataFrame
        Columns `best_epoch, last_epoch, gap, rise`, indexed by fold: `gap` is validation loss - training
        loss at the last epoch, `rise` how far validation loss is above its lowest value there. Folds without
        a finite validation loss are left out.
    """
    finite = metrics[np.isfinite(metrics["val_loss"])].sort_values(["fold", "epoch"])
    by_fold = finite.groupby("fold")
    best = finite.loc[by_fold["val_loss"].idxmin()].set_index("fold")
    last = finite.loc[by_fold["epoch"].idxmax()].set_index("fold")
    return pd.DataFrame(
        {
            "best_epoch": best["epoch"].astype(int),
            "last_epoch": last["epoch"].astype(int),
            "gap": last["val_loss"] - last["loss"],
            "rise": last["val_loss"] - best["val_loss"],
        }
    )


def describe_learning(metrics: pd.DataFrame) -> str:
    """What the curves of a run show, in numbers: best epochs, last gap, and whether it trained too long."""
    folds = lowest_losses(metrics)
    if folds.empty:
        return "No epoch has a validation loss."
    return f"{_best_epochs(folds)} {_gaps(folds['gap'])} {_rise(folds['rise'])}"


def _best_epochs(folds: pd.DataFrame) -> str:
    last = folds["last_epoch"]
    lengths = f"{last.min()}" if last.min() == last.max() else f"{last.min()} to {last.max()}"
    if len(folds) <= _NUM_LISTED:
        epochs = ", ".join(map(str, folds["best_epoch"]))
    else:
        epochs = f"{folds['best_epoch'].min()} to {folds['best_epoch'].max()}"
    names = [str(fold + 1) for fold in folds.index]
    which = f"fold {names[0]}" if len(names) == 1 else f"folds {names[0]} to {names[-1]}"
    return f"Validation loss is lowest at epoch {epochs} ({which}, trained for {lengths} epochs)."


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
