# SPDX-License-Identifier: Apache-2.0
"""Train an LSTM that predicts the next character of the King James text, and export it to ONNX.

    ./setup.sh data && make setup-train
    .venv/bin/python golden/models/train_kjv_lstm.py

Takes x, int64 [N, 32], character numbers (kjv.py), and gives [N, 32, characters] scores for the next
one; every window starts from a state of zeros. Exported step by step with plain products: `input`,
the gates' share of the characters, all steps at once; `recurrent`, their share of the state, the same
weights in 31 places; `next`, the scores. The held-out verses judge the run; the test verses are read
once, at the end.
"""
import argparse
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional

import export  # beside this file
import kjv  # beside this file

HERE = pathlib.Path(__file__).resolve().parent


class Trained(nn.Module):
    """The network as PyTorch trains it fastest."""

    def __init__(self, characters: int, embedding: int, hidden: int):
        super().__init__()
        self.table = nn.Embedding(characters, embedding)
        self.lstm = nn.LSTM(embedding, hidden, batch_first=True)
        self.next = nn.Linear(hidden, characters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.next(self.lstm(self.table(x))[0])


class Unrolled(nn.Module):
    """The same with its products in the open. Gates lie in PyTorch's order: i, f, g, o."""

    def __init__(self, trained: Trained):
        super().__init__()
        lstm = trained.lstm
        self.table, self.next = trained.table, trained.next
        self.input = nn.Linear(lstm.input_size, 4 * lstm.hidden_size)
        self.recurrent = nn.Linear(lstm.hidden_size, 4 * lstm.hidden_size, bias=False)
        with torch.no_grad():
            self.input.weight.copy_(lstm.weight_ih_l0)
            self.input.bias.copy_(lstm.bias_ih_l0 + lstm.bias_hh_l0)
            self.recurrent.weight.copy_(lstm.weight_hh_l0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        from_input = self.input(self.table(x))
        states = []
        for step in range(kjv.LENGTH):
            gates = from_input[:, step]
            if step > 0:  # the state of zeros adds nothing
                gates = gates + self.recurrent(states[-1])
            i, f, g, o = gates.chunk(4, dim=1)
            new = torch.sigmoid(i) * torch.tanh(g)
            c = torch.sigmoid(f) * c + new if step > 0 else new
            states.append(torch.sigmoid(o) * torch.tanh(c))
        return self.next(torch.stack(states, dim=1))


def perplexity(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    model.eval()
    with torch.no_grad():
        loss = sum(functional.cross_entropy(model(a).flatten(0, 1), b.flatten(), reduction="sum")
                   for a, b in zip(x.split(100), y.split(100)))
    return float(torch.exp(loss / y.numel()))


def tensors(part: str) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = kjv.windows(part, kjv.SAMPLES[part])
    return torch.from_numpy(x), torch.from_numpy(y)


def train(args: argparse.Namespace) -> Trained:
    text = torch.from_numpy(kjv.characters("train"))
    held = tensors("held_out")
    random = torch.Generator().manual_seed(args.seed)
    model = Trained(len(kjv.alphabet()), args.embedding, args.hidden)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, total_steps=args.steps,
                                                   pct_start=0.1)
    start = time.monotonic()
    at = torch.arange(kjv.LENGTH + 1)
    for step in range(1, args.steps + 1):
        model.train()
        first = torch.randint(0, len(text) - kjv.LENGTH - 1, (args.batch, 1), generator=random)
        window = text[first + at]
        optimizer.zero_grad()
        scores = model(window[:, :-1])
        functional.cross_entropy(scores.flatten(0, 1), window[:, 1:].flatten()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == args.steps:
            print(f"step {step}/{args.steps}: held-out perplexity {perplexity(model, *held):.4f}, "
                  f"{time.monotonic() - start:.0f} s", flush=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-2)
    parser.add_argument("--embedding", type=int, default=32)
    parser.add_argument("--hidden", type=int, default=112)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=HERE / "kjv_lstm.onnx")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    trained = train(args)
    model = Unrolled(trained)
    export.save(model, (torch.zeros(2, kjv.LENGTH, dtype=torch.int64),), ["x"], "scores",
                args.output)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, test perplexity "
          f"{perplexity(model, *tensors('test')):.4f} (as trained "
          f"{perplexity(trained, *tensors('test')):.4f}), written to {args.output}")


if __name__ == "__main__":
    main()
