/**
 * The registry of layer types. Each file in layers/ has entries of its own; others can be registered before a model is opened, in
 * every thread that opens one.
 */
import { activations } from './layers/activations.ts';
import { convolutions } from './layers/convolution.ts';
import { denseLayers } from './layers/dense.ts';
import { identities } from './layers/identities.ts';
import type { LayerTraits, LayerType } from './layers/layer-type.ts';
import { mergings } from './layers/merging.ts';
import { normalizations } from './layers/normalization.ts';
import { poolings } from './layers/pooling.ts';
import { resizings } from './layers/resizing.ts';
import { scalings } from './layers/scaling.ts';
import { shapings } from './layers/shaping.ts';

/** The class name of a network's input. It is no layer type: `buildGraph` gives it its shape. */
export const INPUT_LAYER = 'InputLayer';

const types = new Map<string, LayerType>();
/** Keras' present name of a layer type, by an older one. */
const presentNames = new Map<string, string>();

/** @throws Error where one of its names is taken */
export function registerLayerType(type: LayerType): void {
  const { name, aliases = [] } = type;
  for (const one of [name, ...aliases]) {
    if (one === INPUT_LAYER || types.has(one) || presentNames.has(one))
      throw new Error(`the layer type ${one} is registered already`);
  }
  types.set(name, type);
  for (const alias of aliases) presentNames.set(alias, name);
}

[
  ...[convolutions, denseLayers, activations, poolings, normalizations, scalings],
  ...[shapings, resizings, mergings, identities],
]
  .flat()
  .forEach(registerLayerType);

export const layerTypeNames = (): readonly string[] => [...types.keys()];

/** Keras' present name of a layer type. */
export const canonicalType = (name: string): string => presentNames.get(name) ?? name;

export const findLayerType = (name: string): LayerType | undefined => types.get(name);

const INPUT_TRAITS: LayerTraits = { kind: 'input', keepsChannels: true };

/** @param name of a type in a checked network, the input included */
export const traitsOf = (name: string): LayerTraits =>
  name === INPUT_LAYER ? INPUT_TRAITS : (types.get(name) ?? { kind: 'other' });
