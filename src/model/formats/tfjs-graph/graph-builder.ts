import type { Place } from '../../../errors.ts';
import { buildLayer } from '../../graph.ts';
import type { Shape, WeightSpec } from '../../layers/layer-type.ts';
import type { Network, NetworkNode } from '../../network.ts';
import type { StoredArray } from '../stored-array.ts';
import type { GraphNode } from './graph-node.ts';
import type { Value } from './graph-values.ts';

/** A weight of a layer: an array of the file, with its axes in another order where `turned`. */
export interface BoundWeight {
  readonly array: StoredArray;
  /** Rows for columns. */
  readonly turned?: true;
}

export interface LayerRequest {
  readonly name: string;
  readonly type: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly inputs: readonly string[];
  readonly weights?: Readonly<Record<string, BoundWeight>>;
}

/** A network as its graph is read, node by node: each layer is checked when it is added, so that shapes are known. */
export class GraphBuilder {
  readonly nodes: NetworkNode[] = [];
  readonly weights = new Map<string, ReadonlyMap<string, BoundWeight>>();
  readonly #shapes = new Map<string, Shape>();
  readonly #specs = new Map<string, readonly WeightSpec[]>();
  readonly #base: Omit<Network, 'nodes'>;
  readonly #place: Place;

  constructor(base: Omit<Network, 'nodes'>, place: Place) {
    this.#base = base;
    this.#place = place;
  }

  /** Without the batch axis. */
  shapeOf(name: string): Shape {
    return this.#shapes.get(name)!;
  }

  /** What weights a layer needs. */
  readonly specsOf = (name: string): readonly WeightSpec[] => this.#specs.get(name) ?? [];

  /** Adds a layer; its name, which is another one where there is a layer of that name. */
  add({ name, type, config = {}, inputs, weights = {} }: LayerRequest): string {
    let own = name;
    for (let i = 2; this.#shapes.has(own); i++) own = `${name}@${i}`;
    const node: NetworkNode = { name: own, type, config, inputs };
    const shapes = inputs.map((input) => this.shapeOf(input));
    const layer = buildLayer({ ...this.#base, nodes: [] }, node, shapes, this.#place);
    this.nodes.push(node);
    this.#shapes.set(own, layer.outputShape);
    this.#specs.set(own, layer.weights);
    if (layer.weights.length) this.weights.set(own, new Map(Object.entries(weights)));
    return own;
  }
}

/** A node with what its inputs are. */
export interface Call {
  readonly node: GraphNode;
  readonly inputs: readonly Value[];
  readonly builder: GraphBuilder;
}

/** The layer that an input is. */
export function layerInput({ node, inputs }: Call, position = 0): string {
  const value = inputs[position];
  if (value?.kind === 'layer') return value.name;
  return node.fail(`its input ${position + 1} is ${value ? 'not the output of a layer' : 'missing'}`);
}

/** The array that an input is. @param what names it in messages */
export function arrayInput({ node, inputs }: Call, position: number, what: string): StoredArray {
  const value = inputs[position];
  if (value?.kind === 'constant') return value.array;
  return node.fail(`its ${what} is not a constant`, {
    why: 'Weights and options must be stored in the model file.',
  });
}
