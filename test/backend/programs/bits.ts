import { createHash } from 'node:crypto';
import { chooseBackend } from '../../../src/backend/choose.ts';
import type { BackendName } from '../../../src/backend/predict.ts';
import { tf } from '../../../src/backend/tf.ts';

/** Prints a hash of the bits of a small network's value and gradient, and the backend's family. */
const [want, nativeDir, threads] = process.argv.slice(2) as [BackendName, string, string];
const { family } = await chooseBackend({ requested: want, nativeDir, threads: Number(threads) });
const image = tf.randomUniform([1, 61, 53, 3], -1, 1, 'float32', 1) as ReturnType<typeof tf.tensor4d>;
const filters = [
  [3, 3, 3, 16],
  [5, 5, 16, 24],
  [3, 3, 24, 8],
].map((shape, i) => tf.randomNormal(shape as [number, number, number, number], 0, 0.1, 'float32', i + 2));
const network = (x: typeof image) => {
  const first = tf.relu(tf.conv2d(x, filters[0] as typeof image, 1, 'same'));
  const second = tf.relu(tf.conv2d(tf.maxPool(first, 2, 2, 'same'), filters[1] as typeof image, 2, 'same'));
  return tf.softmax(tf.avgPool(tf.conv2d(second, filters[2] as typeof image, 1, 'valid'), 2, 1, 'same'));
};
const { value, grad } = tf.valueAndGrad(network as never)(image, network(image));
const hash = createHash('sha256');
for (const tensor of [value, grad]) hash.update(new Uint8Array(tensor.dataSync().buffer));
process.stdout.write(`${hash.digest('hex')} ${family}\n`);
