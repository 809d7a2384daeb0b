import { layerTypes } from '../model/layer-types.ts';
import { reasonWithoutEffect } from '../model/layers/no-effect.ts';
import type { ModelSource } from '../model/open.ts';
import { arrayDifference, parted, relativeDifference, shortText, shortJson } from './difference.ts';
import type { ArrayDifference } from './difference.ts';

/** A line that both sides state otherwise. */
export interface Changed {
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

/** Weights of a layer that differ. */
export interface ChangedWeights extends ArrayDifference {
  readonly layer: string;
}

export interface NetworkDifference {
  /** Layers that only one network has. */
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** Input, preprocessing, and layers of another type, shape or with other options. */
  readonly changed: readonly Changed[];
  /** Of layers in both whose arrays have the same shapes, the most different first. */
  readonly weights: readonly ChangedWeights[];
  /** Layers with weights that were compared. */
  readonly compared: number;
}

/** What the input is called, whatever its name. */
const INPUT = 'input';

/** @param tolerance relative difference up to which numbers count as equal */
export async function diffNetworks(
  a: ModelSource,
  b: ModelSource,
  tolerance: number,
): Promise<NetworkDifference> {
  const [left, right] = [layersOf(a), layersOf(b)];
  const { onlyA, onlyB, both } = parted(left.keys(), right.keys());
  const changed: Changed[] = [];
  const compare = (what: string, one: unknown, other: unknown): void => {
    if (relativeDifference(one, other) > tolerance) changed.push({ what, a: text(one), b: text(other) });
  };
  compare('preprocess', a.network.preprocess, b.network.preprocess);
  compare('classes', a.classes, b.classes);
  for (const name of both) {
    const [one, other] = [left.get(name)!, right.get(name)!];
    compare(`type of ${name}`, one.node.type, other.node.type);
    compare(`output of ${name}`, one.layer.outputShape, other.layer.outputShape);
    compare(`inputs of ${name}`, inputsOf(a, one), inputsOf(b, other));
    // Other formats have other options for the same.
    if (one.node.type !== other.node.type || a.network.format !== b.network.format || name === INPUT)
      continue;
    const options = parted(Object.keys(one.node.config), Object.keys(other.node.config));
    for (const key of [...options.both, ...options.onlyA, ...options.onlyB])
      if (
        key !== 'dtype' &&
        reasonWithoutEffect(key, layerTypes.get(one.node.type)?.identity === true) === undefined
      )
        compare(`${key} of ${name}`, one.node.config[key], other.node.config[key]);
  }
  const { weights, compared } = await diffWeights(a, b, both, tolerance);
  return { onlyA, onlyB, changed, weights, compared };
}

const isInput = ({ node }: Node): boolean => node.inputs.length === 0;

const layersOf = ({ graph }: ModelSource): ReadonlyMap<string, Node> =>
  new Map(graph.map((layer) => [isInput(layer) ? INPUT : layer.node.name, layer]));

const inputsOf = ({ graph }: ModelSource, { inputs }: Node): readonly string[] =>
  inputs.map((index) => (isInput(graph[index]!) ? INPUT : graph[index]!.node.name));

type Node = ModelSource['graph'][number];

async function diffWeights(
  a: ModelSource,
  b: ModelSource,
  names: readonly string[],
  tolerance: number,
): Promise<Pick<NetworkDifference, 'weights' | 'compared'>> {
  // One after the other: files of both may be large.
  const left = await a.loadWeights();
  const right =
    a.weightsSha256 === b.weightsSha256 && a.identity === b.identity ? left : await b.loadWeights();
  let compared = 0;
  const weights = names.flatMap((layer): ChangedWeights[] => {
    const [one, other] = [left.get(layer), right.get(layer)];
    const arrays = one && other ? parted(one.keys(), other.keys()).both : [];
    const alike = arrays.filter((name) => one!.get(name)!.shape.join() === other!.get(name)!.shape.join());
    if (alike.length === 0) return [];
    compared++;
    const all = alike.map((name) => arrayDifference(one!.get(name)!.data, other!.get(name)!.data));
    const [whole, most] = [
      Math.max(...all.map((each) => each.whole)),
      Math.max(...all.map((each) => each.most)),
    ];
    return most > tolerance ? [{ layer, whole, most }] : [];
  });
  return { weights: weights.sort((x, y) => y.most - x.most), compared };
}

/** Text as it is, all else as JSON. */
const text = (value: unknown): string => (typeof value === 'string' ? shortText(value) : shortJson(value));
