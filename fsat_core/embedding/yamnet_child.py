"""Makes YAMNet's ONNX graph of its published weights, in a process of its own, since it needs TensorFlow.

`python -m fsat_core.embedding.yamnet_child SAVED_MODEL OUT` writes the graph to OUT if it gives the same
answers as TensorFlow, and prints the largest difference. The folder is trusted: its checksums are known.
"""

import csv
import re
import sys
from pathlib import Path

import numpy as np

from fsat_core.embedding.yamnet import Yamnet
from fsat_core.embedding.yamnet_graph import build_graph
from fsat_core.errors import FsatError

TOLERANCE = 1e-4
_LAYER = re.compile(r"layer-1/layer/_func/_yamnet/layer_with_weights-(\d+)/(\w+)/\.ATTRIBUTES/VARIABLE_VALUE")
_RATE = 16_000


def convert(folder: Path, out: Path) -> float:
    """Write the graph; returns by how much its answers differ from TensorFlow's at most.

    Raises
    ------
    FsatError
        If they differ by more than 1e-4; nothing is written then.
    """
    import onnx
    import tensorflow as tf

    checkpoint = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    found = {key: _LAYER.fullmatch(key) for key in checkpoint.get_variable_to_shape_map()}
    arrays = {f"{m[1]}/{m[2]}": checkpoint.get_tensor(key) for key, m in found.items() if m}
    with (folder / "assets" / "yamnet_class_map.csv").open(newline="") as file:
        class_names = [row["display_name"] for row in csv.DictReader(file)]
    onnx.save(build_graph(arrays, class_names), out)
    network = tf.saved_model.load(str(folder))
    difference = _largest_difference(getattr(network, "layer-1").layer._func, Yamnet.load(out))
    if not difference <= TOLERANCE:
        out.unlink()
        raise FsatError(
            f"YAMNet's answers changed by {difference:.2g} when it was converted, expected at most "
            f"{TOLERANCE:g}. Nothing was kept; report it with the versions of tensorflow and onnxruntime."
        )
    return difference


def _largest_difference(published: object, converted: Yamnet) -> float:
    """Between scores, and between embeddings, of sounds of several kinds, levels and lengths."""
    differences = []
    for wave in _sounds():
        scores, embeddings, _ = (value.numpy() for value in published(wave))  # type: ignore[operator]
        heard = converted.hear(np.pad(wave, (0, _missing(len(wave)))))
        differences += [np.abs(heard.scores - scores).max(), np.abs(heard.embeddings - embeddings).max()]
    return float(max(differences))


def _missing(num_samples: int) -> int:
    """How many samples of silence fill the last window."""
    num_hops = -(-max(num_samples - Yamnet.window_samples, 0) // Yamnet.hop_samples)
    return Yamnet.window_samples + num_hops * Yamnet.hop_samples - num_samples


def _sounds() -> list[np.ndarray]:
    """Sounds with noise in them: 80 dB below a pure tone, a transform in float32 is off by some 0.4 %."""
    rng = np.random.default_rng(0)
    time = np.arange(3 * _RATE) / _RATE
    chirp = 0.1 * np.sin(2 * np.pi * (100 + 1_000 * time) * time) + rng.normal(0, 0.003, len(time))
    clicks = (rng.random(2 * _RATE) < 1e-3) * 0.9
    noise = rng.normal(0, 0.1, 4 * _RATE)
    sounds = [chirp, clicks, noise, noise[: _RATE // 3] * 0.01, np.zeros(_RATE)]
    return [sound.astype(np.float32) for sound in sounds]


if __name__ == "__main__":
    try:
        print(convert(Path(sys.argv[1]), Path(sys.argv[2])))
    except FsatError as error:
        sys.exit(str(error))
