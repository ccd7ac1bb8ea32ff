"""Export to ONNX, for use without PyTorch; each encoder and each head writes its own part.

Input ``clips`` (B, T, C, H, W), output ``embedding`` (B, n); B and T are free.
"""

from pathlib import Path
from typing import Any

from reid_core.files import written
from reid_core.model.graph import Graph
from reid_core.model.network import ReIdNetwork

OPSET = 18


def export_onnx(network: ReIdNetwork, path: Path) -> None:
    """Write ``network``, in eval mode, as an ONNX model that takes whole clips without padding; complete or not at all.

    ``astpn`` is exported as it embeds a clip by itself (``pair=False``). Embeddings equal PyTorch's to 1e-4, but for
    what single precision itself leaves open: a ``utrcnn`` that starts at random and was not trained lets rounding grow
    with the clip, in PyTorch as well.

    Args: path: of the file to write.
    Raises: ValueError: the package ``onnx`` is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise ValueError("export needs the package onnx: pip install onnx") from error
    graph, config = Graph(), network.config.encoder
    frames = graph("Reshape", "clips", graph.constant([-1, config.channels, config.height, config.width]))
    encoder: Any = network.encoder
    features = encoder.export(graph, frames)
    shape = graph("Concat", graph("Shape", "clips", start=0, end=2), graph.constant([-1]), axis=0)
    by_time = graph("Transpose", graph("Reshape", features, shape), perm=[1, 0, 2])
    graph.nodes.append(graph.helper.make_node("Identity", [network.head.export(graph, by_time)], ["embedding"]))
    sides = ["batch", "time", config.channels, config.height, config.width]
    clips = graph.helper.make_tensor_value_info("clips", onnx.TensorProto.FLOAT, sides)
    embedding = graph.helper.make_tensor_value_info(
        "embedding", onnx.TensorProto.FLOAT, ["batch", network.config.head.embedding_size]
    )
    whole = graph.helper.make_graph(graph.nodes, "reid", [clips], [embedding], graph.constants)
    model = graph.helper.make_model(whole, opset_imports=[graph.helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    with written(path) as place:
        place.write_bytes(model.SerializeToString())
