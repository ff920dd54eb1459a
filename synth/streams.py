# SPDX-License-Identifier: Apache-2.0
"""Real operands for energy: what a layer of a network feeds one lane, as codes of both kinds.

Activations come from the float network on MNIST test digits. Exponential codes follow from a plan of
`tally search` (boundaries, base, alpha, beta) and are those of the golden model: the plan's checksum of
the weight codes must agree. INT8 codes are symmetric, with a scale a tensor and an output channel.
"""
import hashlib
import json
import pathlib
from dataclasses import dataclass

import numpy
import onnx
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


def mnist(path: pathlib.Path, count: int) -> numpy.ndarray:
    images = numpy.fromfile(path, numpy.uint8, offset=16).reshape(-1, 784)
    return images[:count] / 255.0


def exponential_codes(values: numpy.ndarray, magnitudes: numpy.ndarray) -> numpy.ndarray:
    """The nearest magnitude, as {sign, index}; magnitudes[0] is zero."""
    middle = (magnitudes[1:] + magnitudes[:-1]) / 2
    index = numpy.searchsorted(middle, numpy.abs(values), side="right")
    return numpy.where((values < 0) & (index > 0), index | 0x80, index).astype(numpy.uint8)


def weight_codes(weights: numpy.ndarray, layer: dict) -> numpy.ndarray:
    """[outputs][inputs]; ValueError unless they are the codes that the plan was made with."""
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


def read_lane(model: pathlib.Path, plan: pathlib.Path, images: pathlib.Path, index: int, channel: int,
              vectors: int) -> Lane:
    layers = dense_layers(model)
    entry = json.loads(plan.read_text())["layers"][index]
    values = mnist(images, vectors)
    for weights, bias in layers[:index]:
        values = numpy.maximum(values @ weights + bias, 0.0)
    values = values.astype(numpy.float16)
    weights = layers[index][0]
    bits = numpy.abs(values).view(numpy.uint16)
    codes = numpy.searchsorted(numpy.array(entry["boundaries_a"][1:]), bits, side="right")
    codes = numpy.where((values < 0) & (codes > 0), codes | 0x80, codes).astype(numpy.uint8)
    scale = max(entry["activations"]["high"], -entry["activations"]["low"]) / 127
    data = numpy.clip(numpy.rint(values.astype(float) / scale), -127, 127).astype(numpy.int8)
    row = weights[:, channel].astype(float)
    int8 = numpy.rint(row / (numpy.abs(row).max() / 127)).astype(numpy.int8)
    return Lane(entry["name"], entry["n"], entry["offset"], codes,
                weight_codes(weights, entry)[channel], data, int8, entry, channel)
