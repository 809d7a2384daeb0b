import { traitsOf } from '../model/layer-types.ts';
import type { Network } from '../model/network.ts';
import { colourChannels } from '../model/preprocess.ts';

/** Which channels of a layer's input are red, green and blue of the image; undefined where it does not see the image itself. */
export function colourOrder({ nodes, preprocess }: Network, layer: number): readonly number[] | undefined {
  let inputs = nodes[layer]!.inputs;
  for (;;) {
    const before = nodes.find(({ name }) => name === inputs[0]);
    if (!before || !traitsOf(before.type).keepsChannels) return undefined;
    if (before.inputs.length === 0) return colourChannels(preprocess);
    inputs = before.inputs;
  }
}
