import type { Objective } from '../../optim/objective.ts';
import { scanImages } from '../scan.ts';
import type { ComputeContext } from '../technique.ts';

export interface Best {
  /** Position among the images that were looked at. */
  readonly image: number;
  readonly activation: number;
}

/**
 * The image that each objective is largest for, measured as the dream is: the mean of a map against a mean, and a single
 * neuron against the strongest place. Undefined entries where no image gave a number; all undefined where the signal aborts.
 */
export async function bestImages(
  context: ComputeContext,
  layer: number,
  preactivation: boolean,
  images: readonly number[],
  objectives: readonly Objective[],
): Promise<(Best | undefined)[]> {
  const best: (Best | undefined)[] = objectives.map(() => undefined);
  const positions = new Map(images.map((image, position) => [image, position]));
  const scans = preactivation ? scanBefore(context, layer, images) : scanImages(context, [layer], images);
  for await (const { image, mean, max } of scans) {
    for (const [i, { channels, where }] of objectives.entries()) {
      const from = where === 'center' ? max : mean;
      const activation = channels.reduce((sum, { channel, weight }) => sum + weight * from[channel]!, 0);
      if (Number.isFinite(activation) && !(activation <= (best[i]?.activation ?? -Infinity))) {
        best[i] = { image: positions.get(image)!, activation };
      }
    }
  }
  return best;
}

/** The same of the layer's output before its own activation, which nothing else asks for. */
async function* scanBefore(
  { model, pixels, signal }: ComputeContext,
  layer: number,
  images: readonly number[],
): AsyncIterable<{ image: number; mean: Float32Array; max: Float32Array }> {
  for (const image of images) {
    if (signal.aborted) return;
    const input = model.input(await pixels(image));
    const trace = model.trace(input, layer, { preactivation: true, rules: [] });
    const values = (await trace.output.data()) as Float32Array;
    const depth = trace.output.shape.at(-1)!;
    trace.dispose();
    input.dispose();
    const mean = new Float32Array(depth);
    const max = new Float32Array(depth).fill(-Infinity);
    for (const [i, value] of values.entries()) {
      const channel = i % depth;
      mean[channel]! += (value * depth) / values.length;
      if (value > max[channel]!) max[channel] = value;
    }
    yield { image, mean, max };
  }
}
