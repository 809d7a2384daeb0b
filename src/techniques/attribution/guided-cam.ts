import type { Objective } from '../../optim/objective.ts';
import { atInput } from './at-input.ts';
import type { Attribution, AttributionRequest } from './attribution-types.ts';
import { cams } from './cams.ts';
import { byMagnitude, inputGradients } from './input-gradients.ts';

/**
 * Guided backpropagation times the Grad-CAM of one layer at the input's size (Selvaraju et al. 2017): float32 [height, width, channels];
 * what is shown is the largest magnitude of a pixel's channels.
 */
export async function guidedCam(
  request: AttributionRequest,
  objectives: readonly Objective[],
): Promise<readonly (readonly Attribution[])[]> {
  const { scoring, input, layers } = request;
  const layer = scoring.model.layers[layers[0]!]!;
  const maps = await cams('grad-cam', { ...request, layers: [layer.index] }, objectives);
  const found: Attribution[][] = [];
  for (const [i, objective] of objectives.entries()) {
    const { channels } = await inputGradients('guided-backprop', request, objective);
    const cam = atInput(maps[i]![0]!, layer, input.shape);
    const depth = input.shape[2];
    const product = channels!.map((value, at) => value * cam[Math.floor(at / depth)]!);
    found.push([byMagnitude(product, input.shape)]);
  }
  return found;
}
