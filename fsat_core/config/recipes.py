"""Recipes: how a network is trained, as data. The numbers a user may still change start from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """Starting values of a `TrainConfig`, and a sentence that says when to use it.

    `values` go for every network; `by_input` adds those that differ between the kinds of input, "wave",
    "mfcc" and "embedding".
    """

    description: str
    values: Mapping[str, Any]
    by_input: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


# A head has few weights, and all that it has to learn is laid out for it.
_HEAD = {"max_epochs": 20, "batch_size": 16, "learning_rate": 1e-2}

_STRONG = {
    "n_folds": 5,
    "patience": 0,
    "learning_rate": 1e-3,
    "schedule": "cosine",
    "warmup_epochs": 5,
    "checkpoint": "last",
    "skip_silence": True,
}
_STRONG_BY_INPUT: dict[str, dict[str, Any]] = {
    "wave": {"max_epochs": 200, "batch_size": 8, "speed": 0.3},
    "mfcc": {
        "max_epochs": 100,
        "batch_size": 16,
        "new_crops": True,
        "mixup": 0.4,
        "masks": 1,
        "label_smoothing": 0.05,
        "batch_norm_momentum": 0.9,
    },
    "embedding": {**_HEAD, "warmup_epochs": 1, "skip_silence": False},
}
_TAUGHT = {"soft_labels": 0.5, "embedding_loss": 1.0}

RECIPES = {
    "reference": Recipe(
        "The published notebook's: 10 folds, up to 50 epochs (20 of a head), "
        "early stopping and the best epoch by validation loss.",
        {"n_folds": 10, "max_epochs": 50, "batch_size": 64, "patience": 5, "learning_rate": 1e-3},
        {"embedding": _HEAD},
    ),
    "quick": Recipe(
        "A short trial of the whole chain: 2 folds, 1 epoch. Its predictions are not meant to be good.",
        {"n_folds": 2, "max_epochs": 1, "batch_size": 64, "patience": 1, "learning_rate": 1e-3},
        {"embedding": {"batch_size": 16, "learning_rate": 1e-2}},
    ),
    "starter": Recipe(
        "A short training for useful answers, not for the best ones: 3 folds, up to 20 epochs.",
        {
            "n_folds": 3,
            "max_epochs": 20,
            "batch_size": 64,
            "patience": 5,
            "learning_rate": 1e-3,
            # A small set has few steps per epoch: batch normalisation must follow quickly to be of use.
            "batch_norm_momentum": 0.9,
        },
        {"embedding": _HEAD},
    ),
    "strong": Recipe(
        "The same networks, trained harder: each clip is cropped and changed anew each epoch, the learning "
        "rate rises and falls, and every epoch is used. It takes several times longer, but for a head.",
        _STRONG,
        _STRONG_BY_INPUT,
    ),
    "distilled": Recipe(
        "As strong, and taught by YAMNet, which was trained on AudioSet: the network learns what a head on "
        "it says of each crop, and what YAMNet makes of that. A head itself is trained as by strong.",
        _STRONG,
        {
            **_STRONG_BY_INPUT,
            "wave": {**_STRONG_BY_INPUT["wave"], **_TAUGHT},
            "mfcc": {**_STRONG_BY_INPUT["mfcc"], **_TAUGHT},
        },
    ),
}

# What a recipe decides, for every network and for those of one kind of input.
FIELDS = frozenset(name for recipe in RECIPES.values() for name in recipe.values)
INPUT_FIELDS = frozenset(
    name for recipe in RECIPES.values() for values in recipe.by_input.values() for name in values
)
