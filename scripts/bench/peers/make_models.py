"""Files of ResNet50 (about 102 MB of random weights) in every format, for `npm run bench -- --models <folder>`.

    python make_models.py <folder>

writes what the Python it runs in has the packages for: torch, torchvision, safetensors and onnx; keras and tensorflow;
tensorflowjs. Run it once with each.
"""

import os
import sys


def torch_files(folder):
    import torch
    import torchvision

    model = torchvision.models.resnet50(weights=None).eval()
    torch.save(model.state_dict(), os.path.join(folder, "resnet50.pth"))
    try:
        from safetensors.torch import save_file

        save_file(model.state_dict(), os.path.join(folder, "resnet50.safetensors"))
    except ImportError as missing:
        print(missing)
    image = torch.rand(1, 3, 224, 224)
    torch.onnx.export(model, image, os.path.join(folder, "resnet50.onnx"), opset_version=17, dynamo=False)


def keras_files(folder):
    import keras

    model = keras.applications.ResNet50(weights=None)
    for name in ("resnet50.h5", "resnet50.keras"):
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            model.save(path)


def tfjs_files(folder):
    import tensorflowjs

    import keras

    model = keras.applications.ResNet50(weights=None)
    tensorflowjs.converters.save_keras_model(model, os.path.join(folder, "tfjs"))


folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
for make in (torch_files, keras_files, tfjs_files):
    try:
        make(folder)
    except ImportError as missing:
        print(missing)
