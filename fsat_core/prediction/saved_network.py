"""The network of a fold: our own layers, with the weights that its `best.keras` holds."""

import warnings
import zipfile

import keras

from fsat_core.errors import RunError
from fsat_core.models import build_network
from fsat_core.runs.run import Run

_WEIGHTS = "model.weights.h5"  # in a .keras file, which is a ZIP archive
_COPIES = 4  # of the weights: an optimiser keeps two more, and the file has some room
_ROOM = 2_000_000  # bytes


def load_network(run: Run, fold: int) -> keras.Model:
    """The network of a fold, not compiled.

    Of `best.keras` only the weights are read. The layers are built from the configuration of the run, so
    that nothing in the file can be run.

    Raises
    ------
    RunError
        If the file is damaged, or its weights are those of another network.
    """
    model = build_network(
        run.config.network, run.config.feature_spec.input_shape, len(run.classes), run.config.task
    )
    path = run.fold_dir(fold) / "best.keras"
    try:
        with zipfile.ZipFile(path) as archive:
            num_bytes = archive.getinfo(_WEIGHTS).file_size
        if num_bytes > _COPIES * 4 * model.count_params() + _ROOM:
            raise ValueError("more than its weights")
        with warnings.catch_warnings(action="ignore"):  # about groups that older files do not have
            model.load_weights(path)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, zipfile.BadZipFile) as error:
        raise RunError(
            f"Run '{run.run_id}': fold_{fold:02d}/best.keras cannot be used; expected the weights of "
            f"{run.config.model} for {len(run.classes)} classes. Restore the file, leave fold {fold} out, or "
            "train again."
        ) from error
    return model
