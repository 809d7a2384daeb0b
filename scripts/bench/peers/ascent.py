"""Times one step of activation maximization by Keras and by tf-keras-vis on VGG16, for `npm run bench`.

    python3 ascent.py LAYER BATCH THREADS [SECONDS]

Prints one JSON line for each peer: {"peer", "milliseconds", "processor"}: the median time of a step, and the processor time
of a step (all cores). Weights are random: their values don't change the time. A missing package gives {"peer", "missing"}.
"""

import sys
import time

from peer import missing, say

LAYER, BATCH, THREADS = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
SECONDS = float(sys.argv[4]) if len(sys.argv) > 4 else 3.0
LEAST_STEPS = 7
SIZE = 224

try:
    import tensorflow as tf
except ImportError:
    missing("Keras", "tensorflow")

tf.config.threading.set_intra_op_parallelism_threads(THREADS)
keras = tf.keras
vgg16 = keras.applications.VGG16(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
model = keras.Model(vgg16.inputs, vgg16.get_layer(LAYER).output)
CHANNELS = list(range(BATCH))


def measure(peer, step):
    """Calls `step` until time is up. The first two calls are not counted: graphs are still being built."""
    step()
    step()
    times = []
    begin = time.perf_counter()
    processor = time.process_time()
    while len(times) < LEAST_STEPS or time.perf_counter() - begin < SECONDS:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    processor = (time.process_time() - processor) / len(times)
    say(peer=peer, milliseconds=sorted(times)[len(times) // 2] * 1e3, processor=processor * 1e3)


# Plain Keras: a compiled step of gradient ascent with a normalized gradient.
picture = tf.Variable(tf.random.uniform((BATCH, SIZE, SIZE, 3), 0.0, 255.0))


@tf.function
def ascend():
    with tf.GradientTape() as tape:
        tape.watch(picture)
        maps = model(picture, training=False)
        loss = tf.add_n([tf.reduce_mean(maps[i, ..., channel]) for i, channel in enumerate(CHANNELS)])
    gradient = tape.gradient(loss, picture)
    picture.assign_add(gradient / (tf.sqrt(tf.reduce_mean(gradient**2)) + 1e-8))


measure("Keras, compiled", lambda: (ascend(), picture.numpy()))

try:
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.activation_maximization.callbacks import Callback
except ImportError:
    missing("tf-keras-vis", "tf-keras-vis")


class Clock(Callback):
    """When each step ended: tf-keras-vis takes the number of steps beforehand."""

    def __init__(self):
        self.ends = []

    def __call__(self, *_, **__):
        self.ends.append((time.perf_counter(), time.process_time()))


maximization = ActivationMaximization(model, clone=False)
seed = tf.random.uniform((BATCH, SIZE, SIZE, 3), 0.0, 255.0)


def score(maps):
    return [tf.reduce_mean(maps[i, ..., channel]) for i, channel in enumerate(CHANNELS)]


def run(steps):
    clock = Clock()
    maximization(score, seed_input=seed, steps=steps, callbacks=clock)
    return clock.ends[2:]


trial = run(5)
each = (trial[-1][0] - trial[0][0]) / (len(trial) - 1)
ends = run(3 + max(LEAST_STEPS, int(SECONDS / each)))
times = sorted(b[0] - a[0] for a, b in zip(ends, ends[1:]))
processor = (ends[-1][1] - ends[0][1]) / (len(ends) - 1)
say(peer="tf-keras-vis", milliseconds=times[len(times) // 2] * 1e3, processor=processor * 1e3)
