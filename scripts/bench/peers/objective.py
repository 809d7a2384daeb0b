"""What tf-keras-vis makes of some of VGG16's filters by its default settings and how long it takes, for `npm run bench`.

    python3 objective.py WEIGHTS LAYER THREADS FILTER...

WEIGHTS is Keras' file without the top. All filters share a batch. Prints one JSON line {"peer", "milliseconds", "processor",
"values"}: the time of the whole call (the package's 200 steps, after a call of two that builds what is built once), the
processor time of all cores, and the mean of each filter's map for the finished picture, in bytes. A missing package gives
{"peer", "missing"}.
"""

import sys
import time

from peer import missing, say

WEIGHTS, LAYER, THREADS = sys.argv[1], sys.argv[2], int(sys.argv[3])
FILTERS = [int(text) for text in sys.argv[4:]]
SIZE = 224
PEER = "tf-keras-vis"

try:
    import tensorflow as tf
    from tf_keras_vis.activation_maximization import ActivationMaximization
except ImportError as error:
    missing(PEER, error.name)

tf.config.threading.set_intra_op_parallelism_threads(THREADS)
tf.keras.utils.set_random_seed(1)
keras = tf.keras
vgg16 = keras.applications.VGG16(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3))
vgg16.load_weights(WEIGHTS)
trunk = keras.Model(vgg16.inputs, vgg16.get_layer(LAYER).output)
# The package climbs on bytes from 0 to 255; what the network was trained on belongs to the model then.
picture = keras.Input((SIZE, SIZE, 3))
model = keras.Model(picture, trunk(keras.applications.vgg16.preprocess_input(picture)))
maximization = ActivationMaximization(model, clone=False)


def score(maps):
    return [tf.reduce_mean(maps[i, ..., channel]) for i, channel in enumerate(FILTERS)]


def run(steps):
    # Its own seed is one picture; for several it has to be given, drawn as it draws it.
    seed = tf.random.uniform((len(FILTERS), SIZE, SIZE, 3), 0.0, 255.0)
    return maximization(score, seed_input=seed, **steps)


run({"steps": 2})
start, processor = time.perf_counter(), time.process_time()
result = run({})
milliseconds, processor = (time.perf_counter() - start) * 1e3, (time.process_time() - processor) * 1e3
finished = tf.clip_by_value(tf.round(tf.convert_to_tensor(result, tf.float32)), 0, 255)
values = [float(value) for value in score(model(finished))]
say(peer=PEER, milliseconds=milliseconds, processor=processor, values=values)
