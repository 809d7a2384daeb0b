import type { Place } from '../errors.ts';
import { UserError } from '../errors.ts';
import { byLikeness } from '../likeness.ts';
import type { LayerInfo, Network } from './network.ts';

/** Layers that no other layer takes as its input, in the order of the network: its outputs. */
export function outputLayers(layers: readonly LayerInfo[]): readonly LayerInfo[] {
  const used = new Set(layers.flatMap(({ inputs = [] }) => inputs));
  return layers.filter(
    ({ name, kind }, index) => index === layers.length - 1 || (kind !== 'input' && !used.has(name)),
  );
}

/**
 * The network with one of its outputs as its last layer, which is where classes are looked for.
 * @throws UserError where no output has that name
 */
export function withOutput(network: Network, name: string, place: Place): Network {
  const { nodes } = network;
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const outputs = nodes.filter((node) => node.inputs.length > 0 && !used.has(node.name));
  const output = outputs.find((node) => node.name === name);
  if (!output) {
    const isInside = used.has(name);
    throw new UserError({
      what: isInside
        ? `Layer \`${name}\` is no output of the network.`
        : `The network has no output \`${name}\`.`,
      place,
      ...(isInside && { why: 'Other layers take it as their input.' }),
      choices: byLikeness(
        name,
        outputs.map((node) => node.name),
      ),
    });
  }
  return { ...network, nodes: [...nodes.filter((node) => node !== output), output], output: name };
}
