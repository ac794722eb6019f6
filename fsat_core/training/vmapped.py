"""The networks of several folds as one program, vmapped over the folds. For Keras' JAX backend only."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

import jax
import keras
import numpy as np
from jax import numpy as jnp

from fsat_core.machine import usable_cores
from fsat_core.threads import map_ahead
from fsat_core.training.keras_metrics import Lwlrap, TopIsLabel

Batch = tuple[np.ndarray, ...]  # each array with a leading axis of folds

_MOST_THREADS = 4  # each holds a batch of every fold


class VmappedFolds:
    """F networks that train side by side, each on its own batches.

    Every array has a leading axis of folds: weights, states of random generators and of the optimiser,
    metrics.

    Parameters
    ----------
    models : sequence of keras.Model
        One per fold as `build_model` makes them: alike but for their values.
    num_classes : int
    """

    def __init__(self, models: Sequence[keras.Model], num_classes: int) -> None:
        self._model, self._num_folds = models[0], len(models)
        for model in models:
            model.optimizer.build(model.trainable_variables)
        _build_metrics(self._model)
        self._weights = _stack(
            [[_values(m.trainable_variables), _values(m.non_trainable_variables)] for m in models]
        )
        self._optimizer = _stack([_values(model.optimizer.variables) for model in models])
        self._checkpoint = jax.tree.map(jnp.copy, self._weights)  # each step donates the originals
        self._validation_metrics = [
            keras.metrics.Mean(name="loss"),
            TopIsLabel(num_classes),
            Lwlrap(num_classes),
        ]
        self._train_step = jax.jit(jax.vmap(self._model.train_step), donate_argnums=0)
        self._evaluate_step = jax.jit(jax.vmap(self._evaluate), donate_argnums=1)
        self._results = jax.jit(jax.vmap(self._metric_results))
        self.start_epoch()

    def start_epoch(self) -> None:
        """Forget the metrics of the epoch before."""
        self._metrics = self._zeros(self._model.metrics_variables)

    def train(self, batch: Batch) -> dict[str, jax.Array]:
        """One step of every fold: features (F, b, *input), targets (F, b, C) and perhaps weights (F, b).

        Returns
        -------
        dict
            Loss and metrics of this epoch so far [shape=(F,)], perhaps still being computed.
        """
        state = (*self._weights, self._optimizer, self._metrics)
        logs, (*weights, self._optimizer, self._metrics) = self._train_step(state, batch)
        self._weights = weights
        return logs

    def evaluate(self, batches: Iterable[Batch]) -> dict[str, np.ndarray]:
        """Validation loss and metrics [shape=(F,)] over batches of one size.

        A batch is features, targets and sample weights [shape=(F, b)]: 1, or 0 for a clip that only fills up.
        """
        totals = [self._zeros(metric.variables) for metric in self._validation_metrics]
        for batch in batches:
            totals = self._evaluate_step(self._weights, totals, *batch)
        return jax.device_get(self._results(totals))

    def checkpoint(self, chosen: np.ndarray) -> None:
        """Keep a copy of the present weights of the chosen folds [shape=(F,)], bool."""
        self._checkpoint = _replace(chosen, self._weights, self._checkpoint)

    def average(self, count: int) -> None:
        """Take the present weights of all folds into the means that are kept: as number `count`."""
        trained, others = self._weights
        kept = _running_mean(trained, self._checkpoint[0], count)
        self._checkpoint = [kept, jax.tree.map(jnp.copy, others)]  # each step donates the originals

    def load_checkpoint(self, row: int, model: keras.Model) -> None:
        """Give a network the weights that were last kept for one fold."""
        for variables, kept in zip(
            (model.trainable_variables, model.non_trainable_variables), self._checkpoint, strict=True
        ):
            for variable, values in zip(variables, kept, strict=True):
                variable.assign(values[row])

    def _evaluate(
        self, weights: list, totals: list, features: jax.Array, truth: jax.Array, counts: jax.Array
    ) -> list:
        scores, _ = self._model.stateless_call(*weights, features, training=False)
        losses = self._model.loss.call(truth, scores)  # of each clip
        given = [(losses,), (truth, scores), (truth, scores)]
        return [
            metric.stateless_update_state(values, *arguments, sample_weight=counts)
            for metric, values, arguments in zip(self._validation_metrics, totals, given, strict=True)
        ]

    def _metric_results(self, totals: list) -> dict[str, jax.Array]:
        pairs = zip(self._validation_metrics, totals, strict=True)
        return {metric.name: metric.stateless_result(values) for metric, values in pairs}

    def _zeros(self, variables: Sequence[keras.Variable]) -> list[jax.Array]:
        return [jnp.zeros((self._num_folds, *variable.shape), variable.dtype) for variable in variables]


def wait_for(logs: Mapping[str, jax.Array]) -> None:
    """Return once they are computed."""
    jax.block_until_ready(logs)


def draw_ahead(draw: Callable[[int], Batch], num_batches: int) -> Generator[Batch]:
    """`draw(0)`, `draw(1)` and so on, on the device; threads draw the next ones while a step runs."""
    num_threads = min(_MOST_THREADS, usable_cores())

    def draw_to_device(number: int) -> Batch:
        return jax.device_put(draw(number))

    return map_ahead(draw_to_device, range(num_batches), num_threads, num_threads + 1, "batches")


def _build_metrics(model: keras.Model) -> None:
    """Let a network make the variables of its metrics, which it leaves to the first batch."""
    scores = np.zeros((1, model.output_shape[-1]), dtype=np.float32)
    model.compute_metrics(None, scores, scores)
    model.reset_metrics()


def _values(variables: Sequence[keras.Variable]) -> list[jax.Array]:
    return [variable.value for variable in variables]


def _stack(folds: list) -> list:
    return jax.tree.map(lambda *values: jnp.stack(values), *folds)


@jax.jit
def _running_mean(new: list, mean: list, count: int) -> list:
    return jax.tree.map(lambda fresh, earlier: earlier + (fresh - earlier) / count, new, mean)


@jax.jit
def _replace(chosen: jax.Array, new: list, old: list) -> list:
    def choose(fresh: jax.Array, earlier: jax.Array) -> jax.Array:
        return jnp.where(chosen.reshape(-1, *[1] * (fresh.ndim - 1)), fresh, earlier)

    return jax.tree.map(choose, new, old)
