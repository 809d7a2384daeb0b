import type { Objective } from '../../optim/objective.ts';
import { signalOf } from '../../optim/objective.ts';
import { mapShape } from '../maps.ts';
import type { Attribution, AttributionRequest } from './attribution-types.ts';
import { classActivationMap, strongestUnits } from './cam.ts';
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
  try {
    const maps = await Promise.all(
      layers.map(async (index) => (await trace.map(index).data()) as Float32Array),
    );
    const found: Attribution[][] = [];
    for (const [i, objective] of objectives.entries()) {
      const signal = signalOf([objective], scoring.outputShape);
      const gradients = trace.backward(signal, { to: layers, keep: i + 1 < objectives.length });
      signal.dispose();
      found.push(
        await Promise.all(
          layers.map(async (index, k): Promise<Attribution> => {
            const [height, width, channels] = mapShape(model.layers[index]!);
            const gradient = (await gradients[k]!.data()) as Float32Array;
            gradients[k]!.dispose();
            const all = { map: maps[k]!, gradient, channels };
            return {
              ...{ height, width, data: classActivationMap(method, all) },
              units: strongestUnits(all, STRONGEST_UNITS),
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
