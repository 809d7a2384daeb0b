import { chooseBackend } from '../../../src/backend/choose.ts';
import type { BackendName } from '../../../src/backend/predict.ts';
import { tf } from '../../../src/backend/tf.ts';

const [want, nativeDir] = process.argv.slice(2) as [BackendName, string];
await chooseBackend({ requested: want, nativeDir, threads: 2 });
tf.tidy(() =>
  tf
    .grad((x) => tf.relu(x))(tf.tensor1d([1, -1]))
    .dataSync(),
);
const left = (['uncaughtException', 'unhandledRejection'] as const).map((event) =>
  process.listenerCount(event),
);
process.stdout.write(`listeners ${left.join(' ')}\n`);
