"""Which clips sound most like one: exact neighbours by the cosine between embeddings.

Every vector is looked at, block by block, and no index has to be built or kept up to date: docs/measured.md
says how long a million of them take. For more, an approximate index such as usearch's can stand in for
`ExactNeighbours`: callers know `Neighbours` only.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from fsat_core.machine import usable_cores

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_BLOCK = 2_048  # vectors: 8 MB as float32
_TINY = 1e-12


class Near(NamedTuple):
    """The neighbours of one vector, nearest first.

    Parameters
    ----------
    rows : np.ndarray [shape=(k,)], int64
    similarities : np.ndarray [shape=(k,)], float32
        Cosines, 1 for the same direction.
    """

    rows: np.ndarray
    similarities: np.ndarray


class Neighbours(Protocol):
    """Finds neighbours among the vectors that it was made of."""

    def nearest(self, vector: np.ndarray, k: int, skip: Sequence[int] = ()) -> Near:
        """The `k` nearest vectors to one [shape=(D,)], or all there are, less those in the rows `skip`."""
        ...


class ExactNeighbours:
    """Looks at every vector.

    Parameters
    ----------
    vectors : np.ndarray [shape=(N, D)], float16
        May be a memory map. Rows of zeros are nobody's neighbours.
    """

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors
        self._lengths = np.concatenate([np.empty(0, np.float32), *map(_lengths_of, self._blocks())])

    def nearest(self, vector: np.ndarray, k: int, skip: Sequence[int] = ()) -> Near:
        """As in `Neighbours`."""
        query = np.asarray(vector, np.float32)
        query = query / max(float(np.linalg.norm(query)), _TINY)
        parts = [_products(block, query) for block in self._blocks()]
        similarities = np.concatenate([np.empty(0, np.float32), *parts])
        similarities /= np.maximum(self._lengths, _TINY)
        similarities[self._lengths == 0] = -np.inf
        similarities[list(skip)] = -np.inf
        rows = _largest(similarities, k)
        return Near(rows, similarities[rows])

    def _blocks(self) -> Iterator[np.ndarray]:
        return (self._vectors[start : start + _BLOCK] for start in range(0, len(self._vectors), _BLOCK))


def _lengths_of(block: np.ndarray) -> np.ndarray:
    """The length of each row [shape=(n,)], float32."""
    return _session("ReduceL2").run(None, {"rows": np.ascontiguousarray(block)})[0][:, 0]


def _products(block: np.ndarray, query: np.ndarray) -> np.ndarray:
    """The product of each row with a vector [shape=(n,)], float32."""
    inputs = {"rows": np.ascontiguousarray(block), "vector": query[:, np.newaxis]}
    return _session("MatMul").run(None, inputs)[0][:, 0]


@lru_cache(maxsize=2)
def _session(operation: Literal["ReduceL2", "MatMul"]) -> "InferenceSession":
    """Works on rows of float16 after turning them to float32, for which NumPy takes twenty times as long."""
    from onnx import TensorProto, helper
    from onnxruntime import InferenceSession, SessionOptions

    inputs = [helper.make_tensor_value_info("rows", TensorProto.FLOAT16, ["n", "d"])]
    if operation == "MatMul":
        inputs.append(helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["d", 1]))
        work = helper.make_node("MatMul", ["floats", "vector"], ["answer"])
    else:
        work = helper.make_node("ReduceL2", ["floats"], ["answer"], axes=[1])
    graph = helper.make_graph(
        [helper.make_node("Cast", ["rows"], ["floats"], to=TensorProto.FLOAT), work],
        operation,
        inputs,
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["n", 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    options = SessionOptions()
    options.intra_op_num_threads = usable_cores()
    # Threads that wait must not spin: they would take the cores from other work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _largest(values: np.ndarray, k: int) -> np.ndarray:
    """Where the `k` largest finite values are, largest first; of equal ones the first."""
    k = min(k, int(np.isfinite(values).sum()))
    if k == 0:
        return np.empty(0, np.int64)
    threshold = np.partition(values, -k)[-k]
    candidates = np.flatnonzero(values >= threshold)
    return candidates[np.argsort(-values[candidates], kind="stable")][:k]
