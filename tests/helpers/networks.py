"""Networks that nobody trained."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from fsat_core.runs import Run


def write_network(run: Run) -> None:
    """A graph of all folds of a run that answers the same, whatever it hears."""
    num_folds, num_classes = run.config.n_folds, len(run.classes)
    shape = run.feature_spec.input_shape
    answers = np.random.default_rng(0).dirichlet(np.full(num_classes, 0.2), num_folds).astype(np.float32)
    constants = {
        "nothing": np.zeros((1,) * (1 + len(shape)), dtype=np.float32),
        "answers": answers[None],
        "axes": np.arange(1, 1 + len(shape)),
        "shape": np.array([-1, 1, 1]),
    }
    nodes = [
        helper.make_node("Mul", ["input", "nothing"], ["silence"]),
        helper.make_node("ReduceSum", ["silence", "axes"], ["sums"], keepdims=0),
        helper.make_node("Reshape", ["sums", "shape"], ["zeros"]),
        helper.make_node("Add", ["zeros", "answers"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, *shape])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [None, num_folds, num_classes])],
        [numpy_helper.from_array(np.asarray(values), name) for name, values in constants.items()],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
        run.path / "members.onnx",
    )
