"""Times one step of a dream on EfficientNet-Lite0 by TensorFlow in graph mode, for `npm run bench`.

    python3 dream.py LAYER THREADS [SECONDS]

LAYER is `block4c_add` or `predictions`. A step is what Filterscope's is: an image from its spectrum, natural colours, a shift, scaling and
rotation in one bilinear resampling, the network in both directions, one step of Adam on the spectrum; all in one tf.function. Prints one JSON
line {"peer", "milliseconds", "processor"}: the median time of a step, and the processor time of a step (all cores). Weights are random: their
values don't change the time. A missing package gives {"peer", "missing"}.
"""

import math
import sys
import time

from peer import missing, say

LAYER, THREADS = sys.argv[1], int(sys.argv[2])
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 5.0
LEAST_STEPS = 32
SIZE = 224
PEER = "TensorFlow, graph"

try:
    import numpy as np
    import tensorflow as tf
except ImportError:
    missing(PEER, "tensorflow")

tf.config.threading.set_intra_op_parallelism_threads(THREADS)
tf.keras.utils.set_random_seed(1)
layers = tf.keras.layers
# Blocks, kernel, stride, expansion, filters.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]


def convolution(x, filters, kernel, stride):
    x = layers.Conv2D(filters, kernel, stride, "same", use_bias=False)(x)
    return layers.BatchNormalization(epsilon=1e-3)(x)


def network():
    """The layer up to which the dream is made; of the predictions, the logits."""
    image = x = tf.keras.Input((SIZE, SIZE, 3))
    x = layers.ReLU(6)(convolution(x, 32, 3, 2))
    channels = 32
    for stage, (blocks, kernel, stride, expansion, filters) in enumerate(STAGES, 1):
        for block in range(blocks):
            before, step = x, stride if block == 0 else 1
            if expansion > 1:
                x = layers.ReLU(6)(convolution(x, channels * expansion, 1, 1))
            x = layers.DepthwiseConv2D(kernel, step, "same", use_bias=False)(x)
            x = layers.ReLU(6)(layers.BatchNormalization(epsilon=1e-3)(x))
            x = convolution(x, filters, 1, 1)
            if step == 1 and channels == filters:
                x = layers.Add()([x, before])
            channels = filters
            if LAYER == f"block{stage}{chr(97 + block)}_add":
                return tf.keras.Model(image, x)
    x = layers.GlobalAveragePooling2D()(layers.ReLU(6)(convolution(x, 1280, 1, 1)))
    return tf.keras.Model(image, layers.Dense(1000)(x))


model = network()
frequencies = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None])
scale = tf.constant(SIZE / np.maximum(frequencies, 1 / SIZE), tf.complex64)
root = np.array([[0.26, 0.09, 0.02], [0.27, 0.0, -0.05], [0.27, -0.09, 0.03]], np.float32)
colours = tf.constant((root / np.linalg.norm(root, axis=0).max()).T)
spectrum = tf.Variable(tf.random.normal((2, 3, SIZE, SIZE // 2 + 1), stddev=0.01))
mean, square = tf.Variable(tf.zeros_like(spectrum)), tf.Variable(tf.zeros_like(spectrum))


@tf.function
def step(transform, count):
    with tf.GradientTape() as tape:
        tape.watch(spectrum)
        planes = tf.signal.irfft2d(tf.complex(spectrum[0], spectrum[1]) * scale, [SIZE, SIZE]) / 4
        free = tf.reshape(tf.transpose(planes, [1, 2, 0]), [-1, 3])
        image = tf.reshape(tf.sigmoid(tf.matmul(free, colours)), [1, SIZE, SIZE, 3])
        shown = tf.raw_ops.ImageProjectiveTransformV3(
            images=image, transforms=transform, output_shape=[SIZE, SIZE], fill_value=0.5, interpolation="BILINEAR"
        )
        objective = tf.reduce_mean(model((255 * shown - 127) / 128, training=False)[..., 5])
    gradient = tape.gradient(objective, spectrum)
    mean.assign(0.9 * mean + 0.1 * gradient)
    square.assign(0.999 * square + 0.001 * gradient**2)
    first, second = mean / (1 - 0.9**count), square / (1 - 0.999**count)
    spectrum.assign_add(0.05 * first / (tf.sqrt(second) + 1e-8))
    return objective


def transform(count):
    """Turned by up to 10 degrees about the middle, scaled by up to a tenth, shifted by up to 8 pixels."""
    angle, factor = math.radians(10 * math.sin(count)), 1 + 0.1 * math.cos(count)
    a, b = math.cos(angle) / factor, math.sin(angle) / factor
    middle = (SIZE - 1) / 2
    shift = middle - a * middle + b * middle, middle - b * middle - a * middle
    return tf.constant([[a, -b, shift[0] + 8 * math.sin(3 * count), b, a, shift[1], 0, 0]], tf.float32)


def run(count):
    return step(transform(count), tf.constant(float(count))).numpy()


for count in range(1, 4):
    run(count)
times = []
begin = time.perf_counter()
processor = time.process_time()
while len(times) < LEAST_STEPS or time.perf_counter() - begin < SECONDS:
    start = time.perf_counter()
    run(4 + len(times))
    times.append(time.perf_counter() - start)
processor = (time.process_time() - processor) / len(times)
say(peer=PEER, milliseconds=sorted(times)[len(times) // 2] * 1e3, processor=processor * 1e3)
