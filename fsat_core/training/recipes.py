"""Recipes: how a network is trained, as data. The numbers a user may still change start from here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Starting values of a `TrainConfig`, and a sentence that says when to use it."""

    description: str
    n_folds: int
    max_epochs: int
    batch_size: int
    patience: int
    learning_rate: float


RECIPES = {
    "reference": Recipe(
        "The published notebook's: 10 folds, up to 50 epochs, "
        "early stopping and the best epoch by validation loss.",
        n_folds=10,
        max_epochs=50,
        batch_size=64,
        patience=5,
        learning_rate=1e-3,
    ),
    "quick": Recipe(
        "A short trial of the whole chain: 2 folds, 1 epoch. Its predictions are not meant to be good.",
        n_folds=2,
        max_epochs=1,
        batch_size=64,
        patience=1,
        learning_rate=1e-3,
    ),
}
