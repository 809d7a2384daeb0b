"""Builds networks of the zoo in the libraries they come from, with random weights, and saves these with an input and its output.

    pip install torch torchvision        python references.py torch FOLDER [NAME ...]
    pip install keras==3.15 tensorflow                            python references.py keras FOLDER

Then:  FILTERSCOPE_ZOO=FOLDER npx vitest run test/model/zoo.test.ts
"""
import os, sys

import numpy as np

library, folder, *chosen = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
rng = np.random.default_rng(0)


# Networks that torchvision builds otherwise than Keras.
OWN_LAYERS = ["mobilenet_v2", "mobilenet_v3_small", "inception_v3"]


def image(size):
    return rng.normal(size=(1, size, size, 3)).astype(np.float32)


def from_torch():
    import torch, torchvision.models as models

    torch.manual_seed(0)
    for name in chosen or ["alexnet", "resnet18", "resnet50", "squeezenet1_1", "googlenet", "vgg19", "densenet121", *OWN_LAYERS]:
        options = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
        model = getattr(models, name)(**options).eval()
        with torch.no_grad():
            for key, value in model.state_dict().items():
                if key.endswith("running_mean"):
                    value.copy_(torch.randn(value.shape) * 0.1)
                elif key.endswith("running_var"):
                    value.copy_(torch.rand(value.shape) + 0.5)
                elif value.ndim == 1 and value.is_floating_point():
                    value.add_(torch.randn(value.shape) * 0.1)
        x = image(299 if name == "inception_v3" else 224)
        with torch.no_grad():
            # Scores that differ by about 1, so that no probability is all there is.
            spread = model(torch.from_numpy(x).permute(0, 3, 1, 2)).std()
            for value in list(model.parameters())[-2:]:
                value.div_(spread)
            y = torch.softmax(model(torch.from_numpy(x).permute(0, 3, 1, 2)), 1)
        torch.save(model.state_dict(), f"{folder}/{name}.pth")
        np.savez(f"{folder}/{name}.pth.npz", input=x, output=y.numpy())
        print(name, float(y.max()), sum(p.numel() for p in model.parameters()))


def from_keras():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    keras.utils.set_random_seed(0)
    makers = {
        "vgg19": keras.applications.VGG19,
        "resnet50": keras.applications.ResNet50,
        "mobilenet_v2": keras.applications.MobileNetV2,
        "mobilenet_v3_small": keras.applications.MobileNetV3Small,
        "densenet121": keras.applications.DenseNet121,
        "inception_v3": keras.applications.InceptionV3,
    }
    for name, make in makers.items():
        size = 299 if name == "inception_v3" else 224
        # Names without their own number count on from the network before.
        keras.backend.clear_session()
        model = make(weights=None, input_shape=(size, size, 3))
        for layer in model.layers:
            arrays = layer.get_weights()
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.set_weights([a + rng.uniform(0, 0.3, a.shape) for a in arrays])
        x = rng.uniform(0, 255, (1, size, size, 3)).astype(np.float32) if name == "mobilenet_v3_small" else image(size)
        y = model.predict(x, verbose=0)
        # Keras 3's own format, and the older one of its published files.
        model.save_weights(f"{folder}/{name}.weights.h5")
        np.savez(f"{folder}/{name}.weights.h5.npz", input=x, output=y)
        with open(f"{folder}/{name}.layers.txt", "w") as f:
            f.write("\n".join(layer.name for layer in model.layers))
        print(name, float(y.max()), model.count_params())


from_torch() if library == "torch" else from_keras()
