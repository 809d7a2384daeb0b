"""Times Keras' prediction of every convolution of VGG16, for `npm run bench`: what a report is made from, and nothing else.

    python3 predict.py SIZE IMAGES THREADS

Prints one JSON line: {"peer", "milliseconds", "processor"}: the median time of a prediction of all images together, and its processor time (all
cores). Weights are random. A missing package gives {"peer", "missing"}.
"""

import sys
import time

from peer import missing, say

SIZE, IMAGES, THREADS = (int(argument) for argument in sys.argv[1:4])
RUNS = 5

try:
    import tensorflow as tf
except ImportError:
    missing("Keras, predict", "tensorflow")

tf.config.threading.set_intra_op_parallelism_threads(THREADS)
keras = tf.keras
vgg16 = keras.applications.VGG16(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
model = keras.Model(vgg16.inputs, [layer.output for layer in vgg16.layers if "conv" in layer.name])
images = tf.random.uniform((IMAGES, SIZE, SIZE, 3), 0.0, 255.0).numpy()


def predict():
    # As many at a time as fit into a laptop's memory with all their maps.
    return model.predict(images, batch_size=4, verbose=0)


predict()
times = []
processor = time.process_time()
for _ in range(RUNS):
    start = time.perf_counter()
    predict()
    times.append(time.perf_counter() - start)
processor = (time.process_time() - processor) / RUNS
say(peer="Keras, predict", milliseconds=sorted(times)[RUNS // 2] * 1e3, processor=processor * 1e3)
