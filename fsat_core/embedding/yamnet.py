"""YAMNet: a network trained on AudioSet, by M. Plakal and D. Ellis (Apache-2.0).

It hears 0.96 s every 0.48 s at 16 kHz, knows 521 classes of AudioSet, and gives 1,024 numbers per window.
Its graph is made once from the published weights by `yamnet_child.py`.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fsat_core.embedding import log_mel
from fsat_core.embedding.embedder import Heard
from fsat_core.errors import ConfigError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NAME = "yamnet"
VERSION = "1"
DIMENSION = 1_024
GRAPH_NAME = "yamnet.onnx"
CLASSES_KEY = "class_names"  # in the graph's own metadata

PATCH_FRAMES, PATCH_STEP = 96, 48


class Yamnet:
    """YAMNet, ready to hear; what an `Embedder` is."""

    name = NAME
    version = VERSION
    sample_rate = log_mel.SAMPLE_RATE
    window_samples = (PATCH_FRAMES - 1) * log_mel.STEP + log_mel.FRAME
    hop_samples = PATCH_STEP * log_mel.STEP
    dimension = DIMENSION

    def __init__(self, session: "InferenceSession") -> None:
        self._session = session
        metadata = session.get_modelmeta().custom_metadata_map
        self.class_names: tuple[str, ...] = tuple(json.loads(metadata[CLASSES_KEY]))

    @classmethod
    def load(cls, path: Path, num_threads: int = 1) -> "Yamnet":
        """The network in a graph file.

        Raises
        ------
        ConfigError
            If it is another graph, or damaged.
        """
        from onnxruntime import InferenceSession, SessionOptions
        from onnxruntime.capi.onnxruntime_pybind11_state import (
            Fail,
            InvalidArgument,
            InvalidGraph,
            InvalidProtobuf,
        )

        options = SessionOptions()
        options.intra_op_num_threads = num_threads
        # Threads that wait must not spin: they would take the cores from other work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return cls(InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))
        except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, KeyError, ValueError) as error:
            raise ConfigError(
                f"{path} is not YAMNet's graph, or damaged: expected the one that `fsat pretrained` makes. "
                "Delete the file, and run `fsat pretrained` again."
            ) from error

    def hear(self, samples: np.ndarray) -> Heard:
        """As in `Embedder`."""
        return Heard(*self._session.run(None, {"patches": patches(samples)}))


def patches(samples: np.ndarray) -> np.ndarray:
    """The network's inputs, one per window [shape=(W, PATCH_FRAMES, NUM_BANDS)], float32."""
    frames = sliding_window_view(log_mel.log_mel(samples), PATCH_FRAMES, axis=0)[::PATCH_STEP]
    return np.ascontiguousarray(frames.swapaxes(1, 2))
