"""One compiled network for all folds of a run: they differ in weights and data alone."""

import threading

import keras

from fsat_core.config.train_config import TrainConfig
from fsat_core.training.network import build_model

_kept = threading.local()  # folds in two threads of one process train two networks


def fresh_model(config: TrainConfig, num_classes: int, steps_per_epoch: int, seed: int) -> keras.Model:
    """A compiled, freshly initialised network, as `build_model` makes it.

    If this thread's last one was of the same kind, it is that one again, with new weights and a new state of
    its optimiser: what was traced and compiled for its steps stays. Whoever still holds it sees it change.
    """
    wanted = (config, num_classes, steps_per_epoch)
    if getattr(_kept, "kind", None) == wanted:
        _copy_state(build_model(*wanted, seed), _kept.model)
    else:
        _kept.kind = _kept.model = None
        keras.backend.clear_session()  # of the network before it
        _kept.kind, _kept.model = wanted, build_model(*wanted, seed)
    return _kept.model


def _copy_state(source: keras.Model, target: keras.Model) -> None:
    """Weights, states of random generators, and what the optimiser has gathered."""
    for model in (source, target):
        model.optimizer.build(model.trainable_variables)  # done already, unless its training never began
    for wanted, variable in zip(
        [*source.variables, *source.optimizer.variables],
        [*target.variables, *target.optimizer.variables],
        strict=True,
    ):
        variable.assign(wanted)
