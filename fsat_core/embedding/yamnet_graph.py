"""YAMNet's layers as an ONNX graph, from the arrays of its checkpoint.

A convolution and thirteen separable ones, each followed by batch normalisation, which is folded into the
weights, and by a ReLU; then the mean over time and bands, which is the embedding, and a layer of sigmoids.

References
----------
Howard et al. (2017), "MobileNets: efficient convolutional neural networks for mobile vision applications",
arXiv 1704.04861.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fsat_core.embedding.log_mel import NUM_BANDS
from fsat_core.embedding.yamnet import CLASSES_KEY, DIMENSION, PATCH_FRAMES

if TYPE_CHECKING:
    import onnx

_STRIDES = (2, 1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)  # of the convolution, and of the depthwise halves
_EPSILON = 1e-4  # of the batch normalisation
_OPSET, _IR = 17, 8


def build_graph(arrays: Mapping[str, np.ndarray], class_names: Sequence[str]) -> "onnx.ModelProto":
    """The graph: from `patches` (W, 96, 64) to `embeddings` (W, 1024) and `scores` (W, 521).

    Parameters
    ----------
    arrays : mapping of str to np.ndarray
        By layer and kind, such as `0/kernel`; convolutions have the shape (height, width, in, out).
    class_names : sequence of str
    """
    from onnx import TensorProto, helper

    graph = _Graph()
    graph.add("Unsqueeze", ["patches", graph.constant("axes", np.array([1]))], "image")
    last, layer = "image", 0
    for number, stride in enumerate(_STRIDES):
        if number == 0:
            last, layer = graph.convolve(last, arrays, layer, stride), layer + 2
        else:
            last, layer = graph.convolve(last, arrays, layer, stride, depthwise=True), layer + 2
            last, layer = graph.convolve(last, arrays, layer, 1), layer + 2
    graph.add("ReduceMean", [last], "embeddings", axes=[2, 3], keepdims=0)
    weights = [graph.constant(f"{kind}_{layer}", arrays[f"{layer}/{kind}"]) for kind in ("kernel", "bias")]
    graph.add("Gemm", ["embeddings", *weights], "logits")
    graph.add("Sigmoid", ["logits"], "scores")
    sizes = {"embeddings": DIMENSION, "scores": len(class_names)}
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "yamnet",
            [helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["W", PATCH_FRAMES, NUM_BANDS])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["W", n]) for name, n in sizes.items()],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR,
    )
    helper.set_model_props(model, {CLASSES_KEY: json.dumps(list(class_names))})
    return model


class _Graph:
    """Nodes and constants of a graph that grows."""

    def __init__(self) -> None:
        self.nodes: list = []
        self.constants: list = []

    def constant(self, name: str, value: np.ndarray) -> str:
        """Keep an array; returns its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node; returns the name of what it gives."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolve(
        self,
        source: str,
        arrays: Mapping[str, np.ndarray],
        layer: int,
        stride: int,
        depthwise: bool = False,
    ) -> str:
        """A convolution, the batch normalisation that follows it, and a ReLU; returns what they give."""
        kernel = arrays[f"{layer}/depthwise_kernel" if depthwise else f"{layer}/kernel"]
        weights = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
        scale = 1 / np.sqrt(arrays[f"{layer + 1}/moving_variance"] + _EPSILON)
        bias = arrays[f"{layer + 1}/beta"] - arrays[f"{layer + 1}/moving_mean"] * scale
        names = [
            self.constant(f"kernel_{layer}", (weights * scale[:, None, None, None]).astype(np.float32)),
            self.constant(f"bias_{layer}", bias.astype(np.float32)),
        ]
        sides = {"strides": [stride, stride], "auto_pad": "SAME_UPPER"}
        self.add("Conv", [source, *names], f"conv_{layer}", group=len(scale) if depthwise else 1, **sides)
        return self.add("Relu", [f"conv_{layer}"], f"relu_{layer}")
