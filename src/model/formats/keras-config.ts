import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { show } from '../layers/config-reader.ts';
import { canonicalType } from '../layer-types.ts';
import type { Dialect, NetworkNode } from '../network.ts';
import type { LayerTree, ParsedNetwork } from './format.ts';
import { inboundCalls, outputReferences } from './keras-inbound.ts';
import type { Reference } from './keras-inbound.ts';
import { kerasInputShape } from './keras-input.ts';
import { fromKerasOne } from './keras-one.ts';
import { isOperation, operationCalls } from './keras-operations.ts';
import type { KerasOptions } from './keras-options.ts';
import { MODELS, layerSpec, modelLayers } from './keras-spec.ts';
import type { LayerSpec } from './keras-spec.ts';

export type { KerasOptions } from './keras-options.ts';

/** By the version that a file notes, as in `2.15.0` or `3.1.0-tf`. */
export function kerasDialect(version: string): Dialect {
  const major = Number.parseInt(version);
  return major === 1 ? 'keras-1' : major >= 3 ? 'keras-3' : 'keras-2';
}

const MAX_LAYERS = 10_000;
const MAX_DEPTH = 16;

/**
 * A network from Keras' own description of a Sequential or Functional model, of Keras 2 or 3. Models used as layers are
 * unfolded: their layers are named `outer/inner`, and their inputs are replaced by what they are called with.
 */
export function readKerasConfig(description: unknown, options: KerasOptions): ParsedNetwork {
  const { place, format, preprocess } = options;
  const root = layerSpec(description, place, 'the model', 'model');
  if (!MODELS.has(root.type)) {
    throw new UserError({
      what: `The model has the class ${show(root.type)}.`,
      place,
      why: 'Code in model files is never run, so models of custom classes are not supported.',
      hint: 'Save a Sequential or Functional model.',
    });
  }
  const inputShape = kerasInputShape(root, options);
  const unfolding = new Unfolding(place, options.dialect);
  const { tree } = unfolding.model(root, { prefix: '', again: '', depth: 0 });
  const network = { name: root.name, format, inputShape, nodes: unfolding.nodes, preprocess };
  return { network, tree };
}

interface Scope {
  /** Of the names of the nodes made here: `outer/`. */
  readonly prefix: string;
  /** Ending of the names where the model is called once more: `@2`. */
  readonly again: string;
  readonly depth: number;
  /** What a model used as a layer is called with. */
  readonly inputs?: readonly string[];
}

interface Unfolded {
  readonly outputs: readonly string[];
  readonly tree: readonly LayerTree[];
}

class Unfolding {
  readonly nodes: NetworkNode[] = [];
  readonly #place: Place;
  readonly #dialect: Dialect;
  #layers = 0;

  constructor(place: Place, dialect: Dialect) {
    this.#place = place;
    this.#dialect = dialect;
  }

  model(spec: LayerSpec, scope: Scope): Unfolded {
    if (scope.depth > MAX_DEPTH) throw this.#malformed(`models are nested more than ${MAX_DEPTH} deep`);
    const layers = modelLayers(spec, this.#place);
    this.#layers += layers.length;
    if (this.#layers > MAX_LAYERS) throw this.#malformed(`it has more than ${MAX_LAYERS} layers`);
    return spec.type === 'Sequential'
      ? this.#sequential(layers, scope)
      : this.#functional(spec, layers, scope);
  }

  #sequential(layers: readonly LayerSpec[], scope: Scope): Unfolded {
    const tree: LayerTree[] = [];
    const rest = layers[0]?.type === 'InputLayer' ? layers.slice(1) : layers;
    // Keras' own name for the input of a Sequential model that names none.
    const inputName = rest === layers ? `${layers[0]?.name ?? 'model'}_input` : layers[0]!.name;
    const inputConfig = rest === layers ? {} : layers[0]!.config;
    let before = scope.inputs ?? [this.#input(inputName, inputConfig, scope)];
    if (before.length !== 1)
      throw this.#malformed(`a Sequential model is called with ${before.length} inputs`);
    for (const layer of rest) {
      const { outputs, item } = this.#layer(layer, before, scope, 0);
      tree.push(item);
      before = outputs;
    }
    return { outputs: before, tree };
  }

  #functional(spec: LayerSpec, layers: readonly LayerSpec[], scope: Scope): Unfolded {
    const names = new Set<string>();
    const twice = layers.find(({ name }) => names.size === names.add(name).size);
    if (twice) throw this.#malformed(`two layers are named \`${twice.name}\``);
    const inputNames = outputReferences(spec.config['input_layers']).map(({ layer }) => layer);
    const items = new Map<string, LayerTree>();
    /** Outputs of each call of each layer. */
    const calls = new Map<string, (readonly string[])[]>();
    let firstCall: ReadonlyMap<string, number> = new Map();
    const find = ({ layer, call, tensor }: Reference): string | undefined =>
      calls.get(layer)?.[Math.max(call - (firstCall.get(layer) ?? 0), 0)]?.[tensor];
    const calledLayers = layers.flatMap((layer) => {
      if (layer.type === 'InputLayer') {
        const position = inputNames.indexOf(layer.name);
        const given = scope.inputs?.[Math.max(position, 0)];
        if (scope.inputs && !given)
          throw this.#malformed(`the model \`${spec.name}\` is called with too few inputs`);
        calls.set(layer.name, [[given ?? this.#input(layer.name, layer.config, scope)]]);
        items.set(layer.name, { name: layer.name, type: layer.type });
        return [];
      }
      if (isOperation(layer))
        return operationCalls(layer, this.#place).map((one, call) => ({ ...one, call }));
      return inboundCalls(layer, this.#place).map((references, call) => ({ layer, references, call }));
    });
    const references = [
      ...calledLayers.flatMap((one) => one.references),
      ...outputReferences(spec.config['output_layers']),
    ];
    firstCall = firstCalls(layers, references);
    const order = orderOfCalls(calledLayers, (reference) => {
      if (calls.has(reference.layer)) return undefined;
      return {
        layer: reference.layer,
        call: Math.max(reference.call - (firstCall.get(reference.layer) ?? 0), 0),
      };
    });
    for (const { layer, references, call } of order) {
      const inputs = references.map(find);
      const missing = references.find((_, i) => inputs[i] === undefined)?.layer;
      if (missing !== undefined || (calls.get(layer.name)?.length ?? 0) !== call) {
        throw this.#malformed(
          `layer \`${layer.name}\` takes its input from \`${missing ?? layer.name}\`, which is missing or comes after it`,
        );
      }
      const { outputs, item } = this.#layer(layer, inputs as string[], scope, call);
      if (call > 0) calls.get(layer.name)!.push(outputs);
      else {
        calls.set(layer.name, [outputs]);
        items.set(layer.name, item);
      }
    }
    const outputs = outputReferences(spec.config['output_layers']).map((reference) => {
      const name = find(reference);
      if (name === undefined)
        throw this.#malformed(`its output \`${reference.layer}\` is not one of its layers`);
      return name;
    });
    return { outputs, tree: layers.map(({ name, type }) => items.get(name) ?? { name, type }) };
  }

  #layer(
    written: LayerSpec,
    inputs: readonly string[],
    scope: Scope,
    call: number,
  ): { outputs: readonly string[]; item: LayerTree } {
    const spec = this.#dialect === 'keras-1' ? fromKerasOne(written) : written;
    const again = call === 0 ? scope.again : `${scope.again}@${call + 1}`;
    if (MODELS.has(spec.type)) {
      const inner = { prefix: `${scope.prefix}${spec.name}/`, again, depth: scope.depth + 1, inputs };
      const { outputs, tree } = this.model(spec, inner);
      return { outputs, item: { ...treeItem(spec), children: tree } };
    }
    const own = `${scope.prefix}${spec.name}`;
    const node = {
      name: own + again,
      type: canonicalType(spec.type),
      config: spec.config,
      dialect: this.#dialect,
      inputs,
      ...(again ? { sharesWeightsOf: own } : {}),
    };
    this.nodes.push(node);
    return { outputs: [node.name], item: { ...treeItem(spec), node: own } };
  }

  #input(name: string, config: LayerSpec['config'], scope: Scope): string {
    if (this.nodes.length)
      throw this.#malformed(
        'it has more than one input',
        'Only models with one input, an image, are supported.',
      );
    const node = { name: scope.prefix + name, type: 'InputLayer', config, inputs: [] };
    this.nodes.push(node);
    return node.name;
  }

  #malformed(what: string, why?: string): UserError {
    return new UserError({
      what: `Unsupported model description: ${what}.`,
      place: this.#place,
      ...(why ? { why } : {}),
    });
  }
}

/** A call of a layer, with what it takes. */
interface Call {
  readonly layer: LayerSpec;
  readonly references: readonly Reference[];
  readonly call: number;
}

/**
 * Files list layers in the order of data flow; where one does not, this is the order in which calls are found when the list
 * is gone through again and again. Those that can't be made at all come last, in the order of the file.
 *
 * @param made what a reference stands for, counted from 0; undefined for an input, which is there from the start
 */
function orderOfCalls(
  all: readonly Call[],
  made: (reference: Reference) => { readonly layer: string; readonly call: number } | undefined,
): readonly Call[] {
  const keyOf = (layer: string, call: number): string => `${call} ${layer}`;
  const positions = new Map(all.map(({ layer, call }, position) => [keyOf(layer.name, call), position]));
  const users: number[][] = all.map(() => []);
  const waitsFor = all.map(() => 0);
  for (const [position, { layer, references, call }] of all.entries()) {
    const needed = references.flatMap((reference) => made(reference) ?? []);
    if (call > 0) needed.push({ layer: layer.name, call: call - 1 });
    for (const { layer: name, call: which } of needed) {
      waitsFor[position]!++;
      const before = positions.get(keyOf(name, which));
      if (before !== undefined) users[before]!.push(position);
    }
  }
  /** How often the list has been gone through before. */
  const rounds = all.map(() => 0);
  const ready = [...waitsFor.keys()].filter((position) => waitsFor[position] === 0);
  for (let position = ready.pop(); position !== undefined; position = ready.pop()) {
    for (const user of users[position]!) {
      rounds[user] = Math.max(rounds[user]!, rounds[position]! + (position > user ? 1 : 0));
      if (--waitsFor[user]! === 0) ready.push(user);
    }
  }
  const roundOf = (position: number): number => (waitsFor[position]! > 0 ? Infinity : rounds[position]!);
  const order = [...all.keys()].sort((a, b) => {
    const [first, second] = [roundOf(a), roundOf(b)];
    return first === second ? a - b : first - second;
  });
  return order.map((position) => all[position]!);
}

function treeItem({ name, type, config }: LayerSpec): LayerTree {
  const { trainable } = config;
  return { name, type, ...(typeof trainable === 'boolean' ? { trainable } : {}) };
}

/**
 * What the calls of models used as layers are counted from. A model has a call of its own, the one that made it, before
 * those in the model around it; whether a file counts that one depends on who wrote it.
 */
function firstCalls(
  layers: readonly LayerSpec[],
  references: readonly Reference[],
): ReadonlyMap<string, number> {
  const models = layers.filter(({ type }) => MODELS.has(type));
  const highest = new Map<string, number>();
  for (const { layer, call } of references) highest.set(layer, Math.max(call, highest.get(layer) ?? 0));
  return new Map(
    models.map(({ name, inbound }) => {
      const made = Array.isArray(inbound) ? inbound.length : 0;
      return [name, (highest.get(name) ?? 0) >= made ? 1 : 0];
    }),
  );
}
