# SPDX-License-Identifier: Apache-2.0
"""Real operands for energy: what a layer of a network feeds one lane, as codes of both kinds.

Activations come from the float network on test images: a dense layer of the MNIST network, or a
convolution of the Fashion-MNIST network, whose vectors are the patches of neighbouring pixels. Exponential codes follow from a plan of
`tally search` (boundaries, base, alpha, beta) and are those of the golden model: the plan's checksum of
the weight codes must agree. INT8 codes are symmetric, with a scale a tensor and an output channel.
"""
import gzip
import hashlib
import json
import pathlib
from dataclasses import dataclass

import numpy
import onnx
import openvino
from onnx import numpy_helper


@dataclass
class Lane:
    """One output channel: [vector][input] of activations, [input] of weights."""
    layer: str
    n: int
    offset: bool
    codes: numpy.ndarray        # {sign, index[6:0]}
    slots: numpy.ndarray        # {sign, index[6:0]}
    data: numpy.ndarray         # INT8
    weights: numpy.ndarray      # INT8
    scale: float                # of an INT8 product
    plan: dict                  # the plan's entry of the layer
    channel: int


def dense_layers(model: pathlib.Path) -> list[tuple[numpy.ndarray, numpy.ndarray]]:
    """(weights [inputs][outputs], bias) of every MatMul or Gemm with a constant, in order."""
    graph = onnx.load(model).graph
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    layers = []
    for node in graph.node:
        if node.op_type == "Gemm":
            weights = constants[node.input[1]]
            turned = any(a.name == "transB" and a.i for a in node.attribute)
            layers.append((weights.T if turned else weights, constants[node.input[2]]))
        elif node.op_type == "MatMul":
            layers.append((constants[node.input[1]], numpy.zeros(constants[node.input[1]].shape[1])))
        elif node.op_type == "Add" and node.input[1] in constants and layers:
            layers[-1] = (layers[-1][0], constants[node.input[1]])
    return layers


def images(path: pathlib.Path, count: int) -> numpy.ndarray:
    """[image][pixel], 0..1, of an idx file of 28 x 28, plain or .gz."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        data = file.read(16 + 784 * count)[16:]
    return numpy.frombuffer(data, numpy.uint8).reshape(count, 784) / 255.0


def exponential_codes(values: numpy.ndarray, magnitudes: numpy.ndarray) -> numpy.ndarray:
    """The nearest magnitude, as {sign, index}; magnitudes[0] is zero."""
    middle = (magnitudes[1:] + magnitudes[:-1]) / 2
    index = numpy.searchsorted(middle, numpy.abs(values), side="right")
    return numpy.where((values < 0) & (index > 0), index | 0x80, index).astype(numpy.uint8)


def weight_codes(weights: numpy.ndarray, layer: dict) -> numpy.ndarray:
    """[outputs][inputs]; ValueError unless they are the codes that the plan was made with."""
    if layer.get("codes"):
        raise ValueError(f"layer {layer['name']}: its weights were corrected, search with --keep-weights")
    top = 2 ** (layer["n"] - 1)
    base = numpy.float64(numpy.float32(layer["base"]))
    exponents = numpy.arange(1, 2 * top) - top
    codes = numpy.stack([
        exponential_codes(channel.astype(numpy.float64),
                          numpy.concatenate([[0.0], alpha * base ** exponents + beta]))
        for channel, alpha, beta in zip(weights.T, layer["alpha_w"], layer["beta_w"], strict=True)])
    if hashlib.sha256(codes.tobytes()).hexdigest() != layer["codes_sha256"]:
        raise ValueError(f"layer {layer['name']}: these weight codes are not those of the plan")
    return codes


def dense_layer(model: pathlib.Path, data: pathlib.Path, layer: str,
                vectors: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Activations [vector][input] and weights [input][output] of layer fcN."""
    layers = dense_layers(model)
    index = int(layer.removeprefix("fc")) - 1
    values = images(data, vectors)
    for weights, bias in layers[:index]:
        values = numpy.maximum(values @ weights + bias, 0.0)
    return values, layers[index][0]


def convolution(model: pathlib.Path, data: pathlib.Path, layer: str,
                vectors: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """The same of a convolution, 3 x 3 with a border of zeros or 1 x 1: patches along the middle row of the first
    image, inputs in the order channel, row, column."""
    graph = onnx.load(model).graph
    node = next(node for node in graph.node if node.name == layer)
    weights = next(numpy_helper.to_array(t) for t in graph.initializer if t.name == node.input[1])
    runner = openvino.Core().read_model(model)
    source = next(op for op in runner.get_ordered_ops() if op.get_friendly_name() == layer)
    while source.get_type_name() != "Convolution":      # the friendly name may be that of the bias
        source = source.input_value(0).get_node()
    runner.add_outputs([source.input_value(0)])
    compiled = openvino.Core().compile_model(runner, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    tensor = compiled(images(data, 1).reshape(1, 1, 28, 28).astype(numpy.float32))[compiled.outputs[-1]][0]
    size = weights.shape[2]
    padded = numpy.pad(tensor, ((0, 0), (size // 2,) * 2, (size // 2,) * 2))
    row, first = tensor.shape[1] // 2, (tensor.shape[2] - vectors) // 2
    patches = numpy.stack([padded[:, row:row + size, column:column + size].reshape(-1)
                           for column in range(first, first + vectors)])
    return patches, weights.reshape(weights.shape[0], -1).T


def read_lane(model: pathlib.Path, plan: pathlib.Path, data: pathlib.Path, layer: str, channel: int,
              vectors: int) -> Lane:
    entry = next((e for e in json.loads(plan.read_text())["layers"] if e["name"] == layer), None)
    if entry is None:
        raise ValueError(f"{plan} has no layer {layer}")
    kind = convolution if entry["kind"] == "Convolution" else dense_layer
    values, weights = kind(model, data, layer, vectors)
    values = values.astype(numpy.float16)
    bits = numpy.abs(values).view(numpy.uint16)
    codes = numpy.searchsorted(numpy.array(entry["boundaries_a"][1:]), bits, side="right")
    codes = numpy.where((values < 0) & (codes > 0), codes | 0x80, codes).astype(numpy.uint8)
    scale = max(entry["activations"]["high"], -entry["activations"]["low"]) / 127
    integers = numpy.clip(numpy.rint(values.astype(float) / scale), -127, 127).astype(numpy.int8)
    column = weights[:, channel].astype(float)
    weight_scale = float(numpy.abs(column).max()) / 127
    int8 = numpy.rint(column / weight_scale).astype(numpy.int8)
    return Lane(entry["name"], entry["n"], entry["offset"], codes, weight_codes(weights, entry)[channel],
                integers, int8, scale * weight_scale, entry, channel)


def digits(lane: Lane, most: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Activations and weights with their levels snapped to integers -most..most, the largest level to the
    largest integer: what a lane of narrow multipliers gets."""
    plan = lane.plan
    exponents = numpy.arange(1, 2 ** lane.n) - 2 ** (lane.n - 1)
    base = numpy.float64(numpy.float32(plan["base"]))

    def snap(codes: numpy.ndarray, alpha: float, beta: float) -> numpy.ndarray:
        levels = numpy.concatenate([[0.0], alpha * base ** exponents + beta])
        integers = numpy.rint(levels / levels[-1] * most)[codes & 127]
        return numpy.where(codes & 128, -integers, integers).astype(numpy.int8)

    return (snap(lane.codes, plan["alpha_a"], plan["beta_a"]),
            snap(lane.slots, plan["alpha_w"][lane.channel], plan["beta_w"][lane.channel]))
