"""Exports networks of torchvision and timm with both of PyTorch's exporters, as docs/onnx.md says, each with an image and its output.

    pip install torch torchvision timm onnx onnxscript
    python scripts/exporters/torch_models.py FOLDER [NAME ...]

NAME is torchvision's or timm's, as `torchvision:resnet18` or `timm:convnext_atto`; without one, those of the table in docs/networks.md.
Weights are random. Then:  FILTERSCOPE_EXPORTS=FOLDER npx vitest run test/model/onnx/exports.test.ts
"""

import os
import sys
import warnings

import numpy as np
import timm
import torch
import torchvision

warnings.filterwarnings("ignore")

CLASSIFIERS = "resnet18 convnext_tiny densenet121 efficientnet_b0 regnet_y_400mf inception_v3 googlenet mobilenet_v3_small " \
    "mnasnet0_5 shufflenet_v2_x0_5 squeezenet1_1 vit_b_32 swin_t maxvit_t"
SEGMENTERS = "fcn_resnet50 deeplabv3_mobilenet_v3_large lraspp_mobilenet_v3_large"
TIMM = "resnet18 convnext_atto mobilenetv4_conv_small ghostnet_100 hrnet_w18_small mobilevit_xxs fastvit_t8 " \
    "deit_tiny_patch16_224 swin_tiny_patch4_window7_224 nfnet_l0 mixer_s32_224 edgenext_xx_small inception_next_tiny " \
    "starnet_s1 levit_128s repvgg_a0 poolformer_s12 res2net50_14w_8s rexnet_100 skresnet18"


class FirstMap(torch.nn.Module):
    """Of a segmenter's outputs, the map of classes."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)["out"]


def build(name):
    library, own = name.split(":")
    if library == "timm":
        return timm.create_model(own, pretrained=False)
    if hasattr(torchvision.models.segmentation, own):
        return FirstMap(getattr(torchvision.models.segmentation, own)(weights_backbone=None))
    options = {"init_weights": True} if own in ("inception_v3", "googlenet") else {}
    return getattr(torchvision.models, own)(**options)


def perturb(model):
    """What training would have changed from zeros and ones."""
    with torch.no_grad():
        for key, value in model.state_dict().items():
            if key.endswith("running_mean"):
                value.copy_(torch.randn(value.shape) * 0.1)
            elif key.endswith("running_var"):
                value.copy_(torch.rand(value.shape) + 0.5)
            elif value.is_floating_point() and value.numel() > 1 and (value.ndim == 1 or not value.any()):
                value.add_(torch.randn(value.shape) * 0.1)


def main(folder, names):
    os.makedirs(folder, exist_ok=True)
    for name in names:
        torch.manual_seed(0)
        model = build(name).eval()
        perturb(model)
        size = 299 if "inception_v3" in name else 224
        example = torch.rand(1, 3, size, size)
        with torch.no_grad():
            output = model(example)
        stem = f"{folder}/{name.replace(':', '_')}"
        np.savez(f"{stem}.npz", input=example[0].permute(1, 2, 0).numpy(), output=output[0].numpy())
        torch.onnx.export(model.eval(), example, f"{stem}.older.onnx", opset_version=17, dynamo=False)
        torch.onnx.export(model.eval(), (example,), f"{stem}.newer.onnx", dynamo=True)
        print(name, flush=True)


if __name__ == "__main__":
    every = [f"torchvision:{name}" for name in f"{CLASSIFIERS} {SEGMENTERS}".split()] + [f"timm:{name}" for name in TIMM.split()]
    main(sys.argv[1], sys.argv[2:] or every)
