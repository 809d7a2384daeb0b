import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Objective } from '../../optim/objective.ts';
import { signalOf } from '../../optim/objective.ts';
import { mapShape } from '../maps.ts';
import type { Attribution, AttributionRequest } from './attribution-types.ts';
import { classActivation, positive, strongestUnits } from './cam.ts';
import type { CamMethod } from './cam.ts';

/** The channels of each list, at most. */
const STRONGEST_UNITS = 10;

/** One pass forward, and one back for each objective, whatever the number of layers. */
export async function cams(
  method: CamMethod,
  { scoring, input, layers }: AttributionRequest,
  objectives: readonly Objective[],
): Promise<readonly (readonly Attribution[])[]> {
  const { model, tf, at } = scoring;
  const tensor = tf.tensor4d(input.data, [1, ...input.shape]);
  const { layer, preactivation } = at;
  const trace = model.trace(tensor, layer, { preactivation, rules: ['gradient'], maps: layers });
  const shapes = layers.map((index) => mapShape(model.layers[index]!));
  try {
    const found: Attribution[][] = [];
    for (const [i, objective] of objectives.entries()) {
      const signal = signalOf([objective], scoring.outputShape);
      const gradients = trace.backward(signal, { to: layers, keep: i + 1 < objectives.length });
      signal.dispose();
      const maps = layers.map((index) => trace.map(index));
      const made = model.repeat(method, [...maps, ...gradients], () =>
        tf.tidy(() =>
          maps.flatMap((map, k) => {
            const gradient = gradients[k] as Tensor4D;
            const { cam, means } = classActivation(tf, method, { map: map as Tensor4D, gradient });
            return [cam, means];
          }),
        ),
      );
      const activations = layers.map((_, k) => ({ cam: made[2 * k]!, means: made[2 * k + 1]! }));
      tf.dispose(gradients);
      found.push(
        await Promise.all(
          activations.map(async ({ cam, means }, k): Promise<Attribution> => {
            const [height, width] = shapes[k]!;
            const [data, contributions] = (await Promise.all([cam.data(), means.data()])) as [
              Float32Array,
              Float32Array,
            ];
            tf.dispose([cam, means]);
            return {
              ...{ height, width, data: data.map(positive) },
              units: strongestUnits(
                contributions.map((mean) => mean * height * width),
                STRONGEST_UNITS,
              ),
            };
          }),
        ),
      );
    }
    return found;
  } finally {
    trace.dispose();
    tensor.dispose();
  }
}
