# SPDX-License-Identifier: Apache-2.0
"""Write the small model files that the tests load.

    ./setup.sh models
    .venv/bin/python golden/models/make_test_models.py golden/tests/data

ds_cnn_f32.tflite and ds_cnn_i8.tflite: the layers of MLPerf Tiny's keyword spotter at a tenth of its
size, random weights: convolution, depthwise and pointwise convolution, mean, product. The 8-bit one is
quantized as TensorFlow Lite specifies it: int8 weights with a scale a channel, int32 biases,
activations with zero points. unsupported.onnx: two operations that nobody knows around a product.
external.onnx: a product whose weights lie in external.onnx.data.
"""
import pathlib
import sys

import flatbuffers
import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper

FRAMES, BANDS, CHANNELS, CLASSES = 10, 8, 8, 4


def vector(builder, start, values, prepend) -> int:
    start(builder, len(values))
    for value in reversed(values):
        prepend(value)
    return builder.EndVector()


class Network:
    """Tensors, buffers and operators of one subgraph, written by `bytes`."""

    def __init__(self, int8: bool):
        self.int8 = int8
        self.builder = flatbuffers.Builder(1 << 14)
        self.buffers, self.tensors, self.operators, self.codes = [b""], [], [], []

    def tensor(self, name: str, shape: list[int], dtype, data=b"", scale=(), zero=0, axis=0) -> int:
        buffer = 0
        if len(data):
            self.buffers.append(bytes(data))
            buffer = len(self.buffers) - 1
        self.tensors.append((name, shape, dtype, buffer, list(scale), zero, axis))
        return len(self.tensors) - 1

    def activation(self, name: str, shape: list[int], scale=0.05, zero=-20) -> int:
        if not self.int8:
            return self.tensor(name, shape, tflite.TensorType.FLOAT32)
        return self.tensor(name, shape, tflite.TensorType.INT8, scale=[scale], zero=zero)

    def weights(self, name: str, values: np.ndarray, axis: int, bias: np.ndarray, in_scale=0.05):
        """The weights and bias of one layer, `axis` the output channels."""
        if not self.int8:
            return (self.tensor(name, list(values.shape), tflite.TensorType.FLOAT32,
                                values.tobytes()),
                    self.tensor(name + "_bias", [len(bias)], tflite.TensorType.FLOAT32,
                                bias.tobytes()))
        others = tuple(i for i in range(values.ndim) if i != axis)
        scale = np.abs(values).max(axis=others) / 127
        shape = [1] * values.ndim
        shape[axis] = -1
        codes = np.round(values / scale.reshape(shape)).astype(np.int8)
        whole = np.round(bias / (scale * in_scale)).astype(np.int32)
        return (self.tensor(name, list(values.shape), tflite.TensorType.INT8, codes.tobytes(),
                            scale, axis=axis),
                self.tensor(name + "_bias", [len(bias)], tflite.TensorType.INT32, whole.tobytes(),
                            scale * in_scale))

    def operator(self, code: int, version: int, inputs, outputs, kind: int, options) -> None:
        if (code, version) not in self.codes:
            self.codes.append((code, version))
        self.operators.append((self.codes.index((code, version)), inputs, outputs, kind, options))

    def bytes(self, inputs: list[int], outputs: list[int]) -> bytes:
        b = self.builder
        ints = lambda values, start: vector(b, start, values, b.PrependInt32)
        buffers = []
        for data in self.buffers:
            content = b.CreateByteVector(data) if data else None
            tflite.BufferStart(b)
            if content is not None:
                tflite.BufferAddData(b, content)
            buffers.append(tflite.BufferEnd(b))
        tensors = []
        for name, shape, dtype, buffer, scale, zero, axis in self.tensors:
            text = b.CreateString(name)
            dims = ints(shape, tflite.TensorStartShapeVector)
            quantization = None
            if scale:
                scales = vector(b, tflite.QuantizationParametersStartScaleVector, scale,
                                b.PrependFloat32)
                zeros = vector(b, tflite.QuantizationParametersStartZeroPointVector,
                               [zero] * len(scale), b.PrependInt64)
                tflite.QuantizationParametersStart(b)
                tflite.QuantizationParametersAddScale(b, scales)
                tflite.QuantizationParametersAddZeroPoint(b, zeros)
                tflite.QuantizationParametersAddQuantizedDimension(b, axis)
                quantization = tflite.QuantizationParametersEnd(b)
            tflite.TensorStart(b)
            tflite.TensorAddShape(b, dims)
            tflite.TensorAddType(b, dtype)
            tflite.TensorAddBuffer(b, buffer)
            tflite.TensorAddName(b, text)
            if quantization is not None:
                tflite.TensorAddQuantization(b, quantization)
            tensors.append(tflite.TensorEnd(b))
        operators = []
        for code, ins, outs, kind, options in self.operators:
            settings = options(b)
            ins = ints(ins, tflite.OperatorStartInputsVector)
            outs = ints(outs, tflite.OperatorStartOutputsVector)
            tflite.OperatorStart(b)
            tflite.OperatorAddOpcodeIndex(b, code)
            tflite.OperatorAddInputs(b, ins)
            tflite.OperatorAddOutputs(b, outs)
            tflite.OperatorAddBuiltinOptionsType(b, kind)
            tflite.OperatorAddBuiltinOptions(b, settings)
            operators.append(tflite.OperatorEnd(b))
        codes = []
        for code, version in self.codes:
            tflite.OperatorCodeStart(b)
            tflite.OperatorCodeAddDeprecatedBuiltinCode(b, code)
            tflite.OperatorCodeAddBuiltinCode(b, code)
            tflite.OperatorCodeAddVersion(b, version)
            codes.append(tflite.OperatorCodeEnd(b))
        offsets = lambda values, start: vector(b, start, values, b.PrependUOffsetTRelative)
        tensors = offsets(tensors, tflite.SubGraphStartTensorsVector)
        inputs = ints(inputs, tflite.SubGraphStartInputsVector)
        outputs = ints(outputs, tflite.SubGraphStartOutputsVector)
        operators = offsets(operators, tflite.SubGraphStartOperatorsVector)
        tflite.SubGraphStart(b)
        tflite.SubGraphAddTensors(b, tensors)
        tflite.SubGraphAddInputs(b, inputs)
        tflite.SubGraphAddOutputs(b, outputs)
        tflite.SubGraphAddOperators(b, operators)
        graph = offsets([tflite.SubGraphEnd(b)], tflite.ModelStartSubgraphsVector)
        codes = offsets(codes, tflite.ModelStartOperatorCodesVector)
        buffers = offsets(buffers, tflite.ModelStartBuffersVector)
        tflite.ModelStart(b)
        tflite.ModelAddVersion(b, 3)
        tflite.ModelAddOperatorCodes(b, codes)
        tflite.ModelAddSubgraphs(b, graph)
        tflite.ModelAddBuffers(b, buffers)
        b.Finish(tflite.ModelEnd(b), b"TFL3")
        return bytes(b.Output())


def convolution_options(stride: int):
    def write(b):
        tflite.Conv2DOptionsStart(b)
        tflite.Conv2DOptionsAddPadding(b, tflite.Padding.SAME)
        tflite.Conv2DOptionsAddStrideW(b, stride)
        tflite.Conv2DOptionsAddStrideH(b, stride)
        tflite.Conv2DOptionsAddFusedActivationFunction(b, tflite.ActivationFunctionType.RELU)
        return tflite.Conv2DOptionsEnd(b)
    return write


def depthwise_options(b):
    tflite.DepthwiseConv2DOptionsStart(b)
    tflite.DepthwiseConv2DOptionsAddPadding(b, tflite.Padding.SAME)
    tflite.DepthwiseConv2DOptionsAddStrideW(b, 1)
    tflite.DepthwiseConv2DOptionsAddStrideH(b, 1)
    tflite.DepthwiseConv2DOptionsAddDepthMultiplier(b, 1)
    tflite.DepthwiseConv2DOptionsAddFusedActivationFunction(b, tflite.ActivationFunctionType.RELU)
    return tflite.DepthwiseConv2DOptionsEnd(b)


def mean_options(b):
    tflite.ReducerOptionsStart(b)
    tflite.ReducerOptionsAddKeepDims(b, False)
    return tflite.ReducerOptionsEnd(b)


def product_options(b):
    tflite.FullyConnectedOptionsStart(b)
    return tflite.FullyConnectedOptionsEnd(b)


def ds_cnn(int8: bool) -> bytes:
    random = np.random.default_rng(1)
    draw = lambda *shape: random.normal(0, 0.4, shape).astype(np.float32)
    net = Network(int8)
    op, kind = tflite.BuiltinOperator, tflite.BuiltinOptions
    version = 3 if int8 else 1
    rows, columns = FRAMES // 2, BANDS // 2
    shape = [1, rows, columns, CHANNELS]
    x = net.activation("x", [1, FRAMES, BANDS, 1])
    w, c = net.weights("stem", draw(CHANNELS, 3, 3, 1), 0, draw(CHANNELS))
    y = net.activation("stem_out", shape)
    net.operator(op.CONV_2D, version, [x, w, c], [y], kind.Conv2DOptions, convolution_options(2))
    w, c = net.weights("depthwise", draw(1, 3, 3, CHANNELS), 3, draw(CHANNELS))
    z = net.activation("depthwise_out", shape)
    net.operator(op.DEPTHWISE_CONV_2D, version, [y, w, c], [z], kind.DepthwiseConv2DOptions,
                 depthwise_options)
    w, c = net.weights("pointwise", draw(CHANNELS, 1, 1, CHANNELS), 0, draw(CHANNELS))
    y = net.activation("pointwise_out", shape)
    net.operator(op.CONV_2D, version, [z, w, c], [y], kind.Conv2DOptions, convolution_options(1))
    axes = net.tensor("axes", [2], tflite.TensorType.INT32, np.array([1, 2], np.int32).tobytes())
    mean = net.activation("mean", [1, CHANNELS])
    net.operator(op.MEAN, 2 if int8 else 1, [y, axes], [mean], kind.ReducerOptions, mean_options)
    # One scale for all outputs of a product, as the 8-bit specification has it.
    values, bias = draw(CLASSES, CHANNELS), draw(CLASSES)
    values[:, 0] = np.abs(values).max()
    w, c = net.weights("classes", values, 0, bias)
    scores = net.activation("scores", [1, CLASSES], scale=0.1, zero=0)
    net.operator(op.FULLY_CONNECTED, 4 if int8 else 1, [mean, w, c], [scores],
                 kind.FullyConnectedOptions, product_options)
    return net.bytes([x], [scores])


def product_model(around: list[str]) -> onnx.ModelProto:
    """x [N, 4] times constant weights [4, 3]; `around`: unknown operations before and behind it."""
    weights = onnx.numpy_helper.from_array(np.arange(12, dtype=np.float32).reshape(4, 3) / 12, "w")
    names = ["x", "a", "b", "y"] if around else ["x", "y"]
    kinds = [around[0], "MatMul", around[1]] if around else ["MatMul"]
    nodes = []
    for at, kind in enumerate(kinds):
        known = kind == "MatMul"
        nodes.append(helper.make_node(
            kind, [names[at], "w"] if known else [names[at]], [names[at + 1]],
            name="fc" if known else f"{kind.lower()}_{at}", domain="" if known else "example.org"))
    graph = helper.make_graph(
        nodes, "product", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])], [weights])
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("example.org", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def main(folder: str) -> None:
    onnx.save(product_model(["Warp", "Weft"]), pathlib.Path(folder) / "unsupported.onnx")
    onnx.save(product_model([]), pathlib.Path(folder) / "external.onnx",
              save_as_external_data=True, location="external.onnx.data", size_threshold=0)
    for name, int8 in (("ds_cnn_f32", False), ("ds_cnn_i8", True)):
        (pathlib.Path(folder) / f"{name}.tflite").write_bytes(ds_cnn(int8))


if __name__ == "__main__":
    main(*sys.argv[1:])
