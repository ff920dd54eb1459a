# SPDX-License-Identifier: Apache-2.0
"""PyTorch to one small ONNX file with the batch free, for the scripts beside this file."""
import pathlib

import onnx
import torch
from torch import nn

# Where large models go: not committed, made again by their scripts.
MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "data" / "models"


def save(model: nn.Module, sample: tuple[torch.Tensor, ...], inputs: list[str], output: str,
         path: pathlib.Path, opset: int = 18) -> None:
    """Writes `model` as ONNX. Every tensor of `sample` has the batch in front, free in the file.

    A node is named after the module that computes it ("block1.conv1"), because reports show the
    names; the exporter's stack traces, which hold this machine's paths, are left out.
    """
    model.eval()
    batch = torch.export.Dim("batch")
    program = torch.onnx.export(
        model, sample, dynamo=True, opset_version=opset, input_names=inputs, output_names=[output],
        dynamic_shapes=tuple({0: batch} for _ in sample), verbose=False)
    graph = program.model_proto
    taken: dict[str, int] = {}
    for node in graph.graph.node:
        name = module_name(node) or node.op_type.lower()
        taken[name] = taken.get(name, 0) + 1
        node.name = name if taken[name] == 1 else f"{name}.{taken[name]}"
        del node.metadata_props[:]
    for value in [*graph.graph.input, *graph.graph.output, *graph.graph.initializer,
                  *graph.graph.value_info]:
        del value.metadata_props[:]
    del graph.graph.value_info[:]
    del graph.metadata_props[:]
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)


def module_name(node: onnx.NodeProto) -> str:
    """The innermost module of the exporter's note on where a node comes from; "" if none.

    Layers with weights get the bare name of the module, what lies around them its type behind it.
    """
    scopes = {p.key: p.value for p in node.metadata_props}.get("pkg.torch.onnx.name_scopes", "")
    names = [n for n in scopes.strip("[]").replace("'", "").split(", ") if n]
    module = names[-2] if len(names) >= 2 else ""
    if not module:
        return ""
    with_weights = node.op_type in ("Conv", "Gemm", "MatMul")
    return module.removesuffix(".0") if with_weights else f"{module}.{node.op_type.lower()}"
