import { setImmediate } from 'node:timers/promises';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { samplesAtOnce } from '../../backend/repeats.ts';
import type { Objective } from '../../optim/objective.ts';
import { signalOf } from '../../optim/objective.ts';
import { mapShape } from '../maps.ts';
import type { Attribution, AttributionRequest, CamMethod } from './attribution-types.ts';
import { classActivation, positive, strongestUnits } from './cam.ts';
import type { Input, Scoring } from './scoring.ts';

/** The channels of each list, at most. */
const STRONGEST_UNITS = 10;

/** By objective, then by layer. */
type Cams = readonly (readonly Attribution[])[];

interface Explained {
  readonly input: Input;
  readonly objectives: readonly Objective[];
}

/** Inputs that wait to be explained alike. */
interface Queue {
  readonly explained: Explained[];
  readonly made: Promise<readonly Cams[]>;
}

const queues = new WeakMap<Scoring['model'], Map<string, Queue>>();

/** How many images are best explained at the same time: their passes become one computation. */
export const camsAtOnce = (): number => samplesAtOnce() ?? 1;

/** One pass forward, and one back for each objective, whatever the number of layers. Inputs that are asked for at the same time share them. */
export async function cams(
  method: CamMethod,
  { scoring, input, layers }: AttributionRequest,
  objectives: readonly Objective[],
): Promise<Cams> {
  const { model, at } = scoring;
  const ofModel = queues.get(model) ?? new Map<string, Queue>();
  queues.set(model, ofModel);
  const key = JSON.stringify([method, at, layers, input.shape, objectives.length]);
  let queue = ofModel.get(key);
  if (!queue) {
    const explained: Explained[] = [];
    const made = setImmediate().then(() => {
      ofModel.delete(key);
      return explainAll(method, scoring, layers, explained);
    });
    queue = { explained, made };
    ofModel.set(key, queue);
  }
  const position = queue.explained.push({ input, objectives }) - 1;
  return (await queue.made)[position]!;
}

async function explainAll(
  method: CamMethod,
  scoring: Scoring,
  layers: readonly number[],
  explained: readonly Explained[],
): Promise<readonly Cams[]> {
  const found: Cams[] = [];
  const most = Math.min(camsAtOnce(), scoring.atOnce);
  for (let first = 0; first < explained.length; first += most) {
    found.push(...(await explain(method, scoring, layers, explained.slice(first, first + most))));
  }
  return found;
}

async function explain(
  method: CamMethod,
  { model, tf, at, outputShape }: Scoring,
  layers: readonly number[],
  explained: readonly Explained[],
): Promise<readonly Cams[]> {
  const { layer, preactivation } = at;
  const { shape } = explained[0]!.input;
  // A convolution and the scaling behind it are one operation in both directions, so nothing is asked for between them.
  const scalings = layers.map((index) => {
    const found = model.scaledBy(index);
    return found && found.layer <= layer ? found : undefined;
  });
  const to = layers.map((index, k) => scalings[k]?.layer ?? index);
  const passes = ([images, ...signals]: readonly Tensor[]): Tensor[] => {
    const trace = model.trace(images as Tensor4D, layer, {
      preactivation,
      rules: ['gradient'],
      maps: to,
    });
    try {
      return signals.flatMap((signal, i) => {
        const gradients = trace.backward(signal, { to, keep: i + 1 < signals.length });
        const made = tf.tidy(() =>
          to.flatMap((index, k) => {
            const [map, gradient] = [trace.map(index) as Tensor4D, gradients[k] as Tensor4D];
            const { cam, means } = classActivation(tf, method, { map, gradient, scaling: scalings[k] });
            return [cam, means];
          }),
        );
        tf.dispose(gradients);
        return made;
      });
    } finally {
      trace.dispose();
    }
  };
  const images = tf.tidy(() =>
    tf.concat(explained.map(({ input }) => tf.tensor4d(input.data, [1, ...shape]))),
  );
  const signals = explained[0]!.objectives.map((_, i) =>
    signalOf(
      explained.map(({ objectives }) => objectives[i]!),
      outputShape,
    ),
  );
  try {
    const key = [method, layer, preactivation, layers.join('+')].join();
    const made = model.repeat(key, [images, ...signals], passes);
    const values = await Promise.all(made.map((tensor) => tensor.data() as Promise<Float32Array>));
    tf.dispose(made as Tensor[]);
    return explained.map((_, sample) => {
      const own = (k: number): Float32Array => {
        const each = values[k]!.length / explained.length;
        return values[k]!.subarray(sample * each, (sample + 1) * each);
      };
      return signals.map((_, i) =>
        layers.map((index, k): Attribution => {
          const [height, width] = mapShape(model.layers[index]!);
          const at = 2 * (layers.length * i + k);
          const contributions = own(at + 1).map((mean) => mean * height * width);
          return {
            ...{ height, width, data: own(at).map(positive) },
            units: strongestUnits(contributions, STRONGEST_UNITS),
          };
        }),
      );
    });
  } finally {
    tf.dispose([images, ...signals]);
  }
}
