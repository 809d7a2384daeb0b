import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, SHARE_ENV, Worker, workerData } from 'node:worker_threads';
import { chooseBackend } from '../../../src/backend/choose.ts';
import type { BackendName } from '../../../src/backend/predict.ts';
import { tf } from '../../../src/backend/tf.ts';

/** Starts itself three times as a worker thread, ends each in the middle of its life, and prints what they computed. */
if (isMainThread) {
  const sums = [];
  for (let i = 0; i < 3; i++) {
    const worker = new Worker(fileURLToPath(import.meta.url), {
      env: SHARE_ENV,
      workerData: process.argv.slice(2),
    });
    sums.push(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject)));
    await worker.terminate();
  }
  process.stdout.write(`${sums.join(' ')}\n`);
} else {
  const [want, nativeDir] = workerData as [BackendName, string];
  await chooseBackend({ requested: want, nativeDir, threads: 2 });
  const gradient = tf.grad((x) => tf.relu(tf.mul(x, 3)))(tf.tensor1d([1, -1, 2]));
  parentPort!.postMessage(tf.sum(gradient).dataSync()[0]);
  setInterval(() => {}, 1000);
}
