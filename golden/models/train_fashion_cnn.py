# SPDX-License-Identifier: Apache-2.0
"""Train a residual CNN on Fashion-MNIST, fold its batch norm and export it to ONNX.

    ./setup.sh data && make setup-train
    .venv/bin/python golden/models/train_fashion_cnn.py

The network takes x, float32 [N, 1, 28, 28], pixels divided by 255, and gives ten logits. A 5x5 stem
of stride 2, then three residual blocks of two 3x3 convolutions, average pooling and one product: ten
layers with weights. Trained with flips, shifts and Gaussian dropout (Srivastava et al.
2014, section 10: each activation times a normal number of mean 1), which spreads what the network
knows over many channels; one cycle of the learning rate; the weights kept are the running average.
The last 5,000 training images are held out and judge the run; the test set is read once, at the end.
"""
import argparse
import copy
import pathlib
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import mnist  # beside this file
import export  # beside this file

HERE = pathlib.Path(__file__).resolve().parent
DATA = "fashion-mnist"
SHIFT = 2  # pixels at most, each way


def load(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images [N, 1, 28, 28] in [0, 1] and labels [N] of "train", "held_out" or "test"."""
    x, y = mnist.load(part, DATA)
    return (torch.from_numpy(x[:, None].astype(np.float32) / 255),
            torch.from_numpy(y.astype(np.int64)))


class GaussianDropout(nn.Module):
    """x times a normal number of mean 1 and deviation `sigma`; nothing when not training."""

    def __init__(self, sigma: float):
        super().__init__()
        self.sigma = sigma

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * (1 + self.sigma * torch.randn_like(x)) if self.training and self.sigma else x


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Convolution and batch norm; the bias is the norm's."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs))


class Block(nn.Module):
    """relu(conv(relu(conv(x))) + shortcut(x)); the shortcut is 1x1 where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int, sigma: float):
        super().__init__()
        self.conv1 = convolution(inputs, outputs, 3, stride)
        self.conv2 = convolution(outputs, outputs, 3)
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else convolution(inputs, outputs, 1, stride)
        self.dropout = GaussianDropout(sigma)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.dropout(functional.relu(self.conv1(x)))
        return self.dropout(functional.relu(self.conv2(y) + self.shortcut(x)))


class Network(nn.Module):
    def __init__(self, sigma: float):
        super().__init__()
        self.stem = convolution(1, 24, 5, 2)
        self.block1 = Block(24, 24, 1, sigma)
        self.block2 = Block(24, 48, 2, sigma)
        self.block3 = Block(48, 96, 2, sigma)
        self.classes = nn.Linear(96, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.stem(x))
        x = self.block3(self.block2(self.block1(x)))
        return self.classes(x.mean((2, 3)))


def augment(x: torch.Tensor, random: torch.Generator) -> torch.Tensor:
    """Every image mirrored or not, and moved by up to SHIFT pixels each way."""
    n, _, height, width = x.shape
    flip = torch.rand(n, generator=random) < 0.5
    x = torch.where(flip[:, None, None, None], x.flip(3), x)
    padded = functional.pad(x, (SHIFT,) * 4)
    dy, dx = torch.randint(0, 2 * SHIFT + 1, (2, n), generator=random)
    rows = (dy[:, None] + torch.arange(height))[:, :, None]
    columns = (dx[:, None] + torch.arange(width))[:, None, :]
    return padded[torch.arange(n)[:, None, None], 0, rows, columns][:, None]


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    model.eval()
    with torch.no_grad():
        return sum((model(a).argmax(1) == b).sum().item()
                   for a, b in zip(x.split(500), y.split(500))) / len(y)


def train(args: argparse.Namespace) -> nn.Module:
    """The running average of the weights over the last epochs, which is what is exported."""
    x, y = load("train")
    held = load("held_out")
    random = torch.Generator().manual_seed(args.seed)
    model = Network(args.dropout).to(memory_format=torch.channels_last)
    average = copy.deepcopy(model)
    steps = args.epochs * (len(x) // args.batch)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.rate, momentum=0.9, nesterov=True,
                                weight_decay=args.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, args.rate, total_steps=steps, pct_start=0.2, cycle_momentum=False)
    step = 0
    start = time.monotonic()
    for epoch in range(args.epochs):
        model.train()
        order = torch.randperm(len(x), generator=random)
        for index in order[:len(x) // args.batch * args.batch].split(args.batch):
            optimizer.zero_grad()
            logits = model(augment(x[index], random))
            functional.cross_entropy(logits, y[index], label_smoothing=0.05).backward()
            optimizer.step()
            schedule.step()
            step += 1
            decay = min(0.998, step / (step + 9))
            with torch.no_grad():
                mine = model.state_dict()
                for name, value in average.state_dict().items():
                    if value.is_floating_point():
                        value.lerp_(mine[name], 1 - decay)
            if step % 100 == 0:
                print(f"  step {step}/{steps}, {time.monotonic() - start:.0f} s", flush=True)
        print(f"epoch {epoch + 1:2d}/{args.epochs}: held-out accuracy {accuracy(average, *held):.4f}, "
              f"{time.monotonic() - start:.0f} s", flush=True)
        if args.checkpoint:
            torch.save(average.state_dict(), args.checkpoint)
    return average


def fold_batch_norm(model: nn.Module) -> nn.Module:
    """Every convolution takes over the scale and shift of the norm behind it."""
    model = copy.deepcopy(model).eval()
    for module in model.modules():
        if isinstance(module, nn.Sequential):
            module[0] = nn.utils.fusion.fuse_conv_bn_eval(module[0], module[1])
            module[1] = nn.Identity()
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=125)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--dropout", type=float, default=0.15)
    parser.add_argument("--checkpoint", type=pathlib.Path, help="save the average every epoch")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "fashion_cnn.onnx")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    model = fold_batch_norm(train(args))
    parameters = sum(p.numel() for p in model.parameters())
    export.save(model, (torch.zeros(2, 1, 28, 28),), ["x"], "logits", args.output)
    print(f"{parameters} parameters, train accuracy {accuracy(model, *load('train')):.4f}, "
          f"held-out {accuracy(model, *load('held_out')):.4f}, "
          f"test {accuracy(model, *load('test')):.4f}, written to {args.output}")


if __name__ == "__main__":
    main()
