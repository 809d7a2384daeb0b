"""Writes the node tests of the onnx package as folders that `onnx-suite` reads: FOLDER/<name>/model.onnx with its inputs and outputs.

    pip install onnx==1.23.2 numpy
    python scripts/onnx-suite/make_node_cases.py FOLDER

The package's own `cmd_tools generate-data` writes only tests of whole models from this version on.

case.json beside each model says whether it treats the images of a batch one by one, as a network for images does. The package's own
reference evaluator decides, whatever Filterscope makes of the case:
- the first output has as many images as the first input;
- with the images in another order, the outputs are the same in that order;
- with another first image, the outputs of the others are the same.
Every case with a batch of one is such a case. `null`: the evaluator cannot run it.
"""

import json
import os
import sys

import numpy as np
import onnx.backend.test.case.node as node_cases
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator


def treats_images_alone(model, inputs):
    images = inputs[0]
    if isinstance(images, TensorProto):
        images = numpy_helper.to_array(images)
    count = images.shape[0]
    if count == 1:
        return True
    run = ReferenceEvaluator(model)
    names = [one.name for one in model.graph.input]
    compute = lambda first: np.asarray(run.run(None, dict(zip(names, [first, *inputs[1:]])))[0], np.float64)
    same = lambda a, b: a.shape == b.shape and np.allclose(a, b, rtol=1e-3, atol=1e-5, equal_nan=True)
    expected = compute(images)
    if expected.ndim == 0 or expected.shape[0] != count:
        return False
    other = images.copy()
    other[0] = other[0] * 2 + 1
    return same(compute(np.roll(images, 1, 0)), np.roll(expected, 1, 0)) and same(compute(other)[1:], expected[1:])


def images_alone(case):
    inputs, _ = case.data_sets[0]
    if not inputs or np.ndim(inputs[0]) != 4:
        return None
    try:
        return bool(treats_images_alone(case.model, inputs))
    except Exception as error:  # The evaluator lacks some operators.
        print(f"{case.name}: {type(error).__name__}: {str(error)[:100]}")
        return None


def write(path, value, name):
    if not isinstance(value, TensorProto):
        value = numpy_helper.from_array(value, name)
    with open(path, "wb") as file:
        file.write(value.SerializeToString())


def main(folder):
    skipped = 0
    for case in node_cases.collect_testcases():
        graph = case.model.graph
        values = [*graph.input, *graph.output]
        if not all(value.type.HasField("tensor_type") for value in values):
            skipped += 1
            continue
        os.makedirs(os.path.join(folder, case.name), exist_ok=True)
        with open(os.path.join(folder, case.name, "model.onnx"), "wb") as file:
            file.write(case.model.SerializeToString())
        with open(os.path.join(folder, case.name, "case.json"), "w") as file:
            json.dump({"imagesAlone": images_alone(case)}, file)
        for i, (inputs, outputs) in enumerate(case.data_sets):
            data = os.path.join(folder, case.name, f"test_data_set_{i}")
            os.makedirs(data, exist_ok=True)
            for j, value in enumerate(inputs):
                write(os.path.join(data, f"input_{j}.pb"), value, graph.input[j].name)
            for j, value in enumerate(outputs):
                write(os.path.join(data, f"output_{j}.pb"), value, graph.output[j].name)
    print(f"{skipped} cases have sequences, maps or optional values and were left out")


main(sys.argv[1])
