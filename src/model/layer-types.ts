/**
 * The registry of layer types. Each file in layers/ has entries of its own; a project's own are added by `useLayerTypes` before
 * a model is opened, in every thread that opens one.
 */
import { byName, Table } from '../plugins.ts';
import { activations } from './layers/activations.ts';
import { arithmetics } from './layers/arithmetic.ts';
import { choosings } from './layers/choosing.ts';
import { convolutions } from './layers/convolution.ts';
import { denseLayers } from './layers/dense.ts';
import { elementwise } from './layers/elementwise.ts';
import { identities } from './layers/identities.ts';
import type { LayerTraits, LayerType } from './layers/layer-type.ts';
import { matrixProducts } from './layers/matrix-product.ts';
import { mergings } from './layers/merging.ts';
import { normalizations } from './layers/normalization.ts';
import { orderings } from './layers/ordering.ts';
import { paddings } from './layers/padding.ts';
import { poolings } from './layers/pooling.ts';
import { rearrangings } from './layers/rearranging.ts';
import { reductions } from './layers/reducing.ts';
import { resamplings } from './layers/resampling.ts';
import { resizings } from './layers/resizing.ts';
import { scalings } from './layers/scaling.ts';
import { shapings } from './layers/shaping.ts';
import { slicings } from './layers/slicing.ts';
import { specialPoolings } from './layers/special-pooling.ts';

/** The class name of a network's input. It is no layer type: `buildGraph` gives it its shape. */
export const INPUT_LAYER = 'InputLayer';

const builtIn: readonly LayerType[] = [
  ...[convolutions, denseLayers, activations, poolings, normalizations, scalings],
  ...[reductions, shapings, paddings, slicings, resizings, arithmetics, mergings, elementwise, identities],
  ...[choosings, matrixProducts, orderings, rearrangings, resamplings, specialPoolings],
].flat();

/** By Keras' class name. */
export const layerTypes = new Table<LayerType>(byName(builtIn));

/** Keras' present name of a layer type, by an older one. */
let presentNames = aliasesOf(builtIn);

/** Replaces a project's own layer types. @param sum of the code that they come from */
export function useLayerTypes(own: readonly LayerType[], sum?: string): void {
  layerTypes.use(byName(own), sum);
  presentNames = aliasesOf(layerTypes.values);
}

function aliasesOf(types: readonly LayerType[]): ReadonlyMap<string, string> {
  return new Map(types.flatMap(({ name, aliases = [] }) => aliases.map((alias) => [alias, name] as const)));
}

/** Keras' present name of a layer type. */
export const canonicalType = (name: string): string => presentNames.get(name) ?? name;

/** Whether a class name is one of this program's layer types, by any of its names. */
export const isBuiltInType = (name: string): boolean =>
  name === INPUT_LAYER || layerTypes.isBuiltIn(canonicalType(name));

const INPUT_TRAITS: LayerTraits = { kind: 'input', keepsChannels: true };

/** @param name of a type in a checked network, the input included */
export const traitsOf = (name: string): LayerTraits =>
  name === INPUT_LAYER ? INPUT_TRAITS : (layerTypes.get(name) ?? { kind: 'other' });
