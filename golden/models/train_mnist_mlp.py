# SPDX-License-Identifier: Apache-2.0
"""Train the MNIST network of the demo, 784-512-512-10 with ReLU, and export it to ONNX.

    make setup-train
    .venv/bin/python golden/models/train_mnist_mlp.py

The model takes x, float32 [N, 784], pixels divided by 255, and gives ten logits a digit.
The last 5,000 of the 60,000 training images are held out, and the epoch kept is the one that is
best on them. The test set is read once, after that choice, to report the accuracy.
"""
import argparse
import collections
import copy
import pathlib

import numpy as np
import onnx
import torch
from torch import nn

import mnist  # beside this file

HERE = pathlib.Path(__file__).resolve().parent
PIXELS = 28 * 28


def load(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images [N, 784] in [0, 1] and labels [N] of "train", "held_out" or "test"."""
    x, y = mnist.load(part)
    return (torch.from_numpy(x.reshape(-1, PIXELS).astype(np.float32) / 255),
            torch.from_numpy(y.astype(np.int64)))


def build() -> nn.Sequential:
    """Dropout is training only; it is no part of the exported graph."""
    return nn.Sequential(collections.OrderedDict([
        ("fc1", nn.Linear(PIXELS, 512)), ("relu1", nn.ReLU()), ("dropout1", nn.Dropout(0.3)),
        ("fc2", nn.Linear(512, 512)), ("relu2", nn.ReLU()), ("dropout2", nn.Dropout(0.3)),
        ("fc3", nn.Linear(512, 10))]))


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def train(epochs: int, batch: int, rate: float) -> nn.Sequential:
    """The network after the epoch that did best on the held-out digits (the first, if equal)."""
    x, y = load("train")
    held_x, held_y = load("held_out")
    model = build()
    steps = epochs * -(-len(x) // batch)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    best, best_state = -1.0, {}
    for epoch in range(epochs):
        model.train()
        for index in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x[index]), y[index]).backward()
            optimizer.step()
            schedule.step()
        score = accuracy(model, held_x, held_y)
        print(f"epoch {epoch + 1:2d}/{epochs}: held-out accuracy {score:.4f}", flush=True)
        if score > best:
            best, best_state = score, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_state)
    print(f"kept the epoch with {best:.4f}")
    return model


def export(model: nn.Module, path: pathlib.Path) -> None:
    """One ONNX file, batch free. Layers keep the names of build(), reports show them."""
    model.eval()
    program = torch.onnx.export(
        model, (torch.zeros(2, PIXELS),), dynamo=True, opset_version=18, input_names=["x"],
        output_names=["logits"], dynamic_shapes=({0: torch.export.Dim("batch")},))
    graph = program.model_proto
    layers = iter(name for name, _ in model.named_children() if not name.startswith("dropout"))
    renamed = {}
    for node in graph.graph.node:
        node.name = next(layers)
        node.input[:] = [renamed.get(name, name) for name in node.input]
        if node.output[0] != "logits":
            renamed[node.output[0]] = node.name
            node.output[0] = node.name
        del node.metadata_props[:]  # the exporter's stack traces, with this machine's paths
    for value in [*graph.graph.input, *graph.graph.output, *graph.graph.initializer]:
        del value.metadata_props[:]
    del graph.graph.value_info[:]
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "mnist_mlp.onnx")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    model = train(args.epochs, args.batch, args.rate)
    export(model, args.output)
    print(f"train accuracy {accuracy(model, *load('train')):.4f}, "
          f"test accuracy {accuracy(model, *load('test')):.4f}, written to {args.output}")


if __name__ == "__main__":
    main()
