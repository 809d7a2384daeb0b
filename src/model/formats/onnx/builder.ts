import type { Place } from '../../../errors.ts';
import { buildLayer } from '../../graph.ts';
import { INPUT_LAYER } from '../../layer-types.ts';
import type { Network, NetworkNode } from '../../network.ts';
import type { Constant, FoldingBudget } from './constant.ts';
import { sizeOf, transposed } from './constant.ts';
import { FoldError } from './fold-error.ts';
import { describeNode } from './nodes.ts';
import type { OnnxNode } from './nodes.ts';

/**
 * What a layer gives. ONNX knows an axis by its number; here maps lie as [height, width, channels], so that each stored axis stands
 * for one of ONNX' axes. A transposition is then nothing but another numbering.
 */
export interface Maps {
  readonly kind: 'maps';
  /** The layer, by its position. */
  readonly layer: number;
  /** As ONNX counts the axes, the batch among them. */
  readonly shape: readonly number[];
  /** The axis of ONNX that each stored axis stands for; all but the batch. */
  readonly order: readonly number[];
  /** Which of ONNX' axes is the batch; -1 where it has been squeezed out. */
  readonly batch: number;
  /** They are whole numbers to ONNX, which divides those towards zero. */
  readonly whole?: boolean;
}

export type Value = Constant | Maps;

/** Weights of one layer by their short names, in the shapes that the layer has them in. */
export type LayerConstants = Readonly<Record<string, Constant>>;

/** A layer that has not got its name yet. */
export interface EmittedLayer {
  readonly source: OnnxNode | undefined;
  /** Of several layers that one node becomes: what this one does. Absent on the one that is called by the node's name. */
  readonly role?: string;
  readonly type: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inputs: readonly number[];
  readonly constants: LayerConstants;
}

export interface Emission {
  readonly constants?: LayerConstants;
  readonly role?: string;
  /** Of what comes out: the same as of the first input unless given. */
  readonly order?: readonly number[];
  readonly batch?: number;
}

const MAX_LAYERS = 10_000;

/** Collects the layers of a network while its nodes are gone through. */
export class Builder {
  readonly layers: EmittedLayer[] = [];
  readonly budget: FoldingBudget;
  readonly #place: Place;
  readonly #shapes: (readonly number[])[] = [];
  readonly #network: Network;
  /** Of ONNX' batch axis; one unless the file fixes another. */
  readonly batchSize: number;

  constructor(place: Place, budget: FoldingBudget, inputShape: Network['inputShape'], batchSize: number) {
    this.#place = place;
    this.budget = budget;
    this.batchSize = batchSize;
    this.#network = { name: '', format: '', inputShape, nodes: [], preprocess: 'none' };
    this.layers.push({ source: undefined, type: INPUT_LAYER, config: {}, inputs: [], constants: {} });
    this.#shapes.push(inputShape);
  }

  storedShape(maps: Maps): readonly number[] {
    return this.#shapes[maps.layer]!;
  }

  /**
   * Adds a layer. Its output's shape is what the layer type says.
   *
   * @throws UserError where the layer type refuses it, naming the node
   */
  emit(
    source: OnnxNode,
    type: string,
    config: Readonly<Record<string, unknown>>,
    inputs: readonly Maps[],
    { constants = {}, role, order, batch }: Emission = {},
  ): Maps {
    if (this.layers.length >= MAX_LAYERS)
      throw new FoldError(`the model has more than ${MAX_LAYERS.toLocaleString('en')} layers`);
    const node: NetworkNode = { ...{ name: nameOf(source), type, config, inputs: [] }, dialect: 'onnx' };
    const shapes = inputs.map((input) => this.storedShape(input));
    const layer = buildLayer(this.#network, node, shapes, this.#place);
    for (const { name, shape } of layer.weights) {
      const given = constants[name]?.shape;
      if (given?.join() !== shape.join())
        throw new FoldError(
          `its ${name} has the shape [${given?.join(', ') ?? ''}], and [${shape.join(', ')}] is needed`,
        );
    }
    const [first] = inputs;
    const stored = layer.outputShape;
    const outOrder = order ?? first!.order;
    const outBatch = batch ?? first!.batch;
    if (outOrder.length !== stored.length)
      throw new Error(`${describeNode(source)}: ${outOrder.length} axes for a ${type} of ${stored.length}`);
    this.layers.push({
      ...{ source, type, config, constants, inputs: inputs.map((input) => input.layer) },
      ...(role === undefined ? {} : { role }),
    });
    this.#shapes.push(stored);
    const shape: number[] = [];
    outOrder.forEach((axis, i) => (shape[axis] = stored[i]!));
    if (outBatch >= 0) shape[outBatch] = this.batchSize;
    return { kind: 'maps', layer: this.layers.length - 1, shape, order: outOrder, batch: outBatch };
  }

  /** The network's input. @param order of its axes in ONNX */
  input(order: readonly number[]): Maps {
    const shape: number[] = [];
    order.forEach((axis, i) => (shape[axis] = this.#shapes[0]![i]!));
    shape[0] = this.batchSize;
    return { kind: 'maps', layer: 0, shape, order, batch: 0 };
  }

  /** The same maps with their axes stored in another order: axes of one value move for nothing. */
  arrange(source: OnnxNode, maps: Maps, order: readonly number[]): Maps {
    if (maps.order.join() === order.join()) return maps;
    const long = (axes: readonly number[]): string => axes.filter((axis) => maps.shape[axis] !== 1).join();
    if (long(maps.order) === long(order)) {
      const target_shape = order.map((axis) => maps.shape[axis]!);
      return this.emit(source, 'Reshape', { target_shape }, [maps], { role: 'reshape', order });
    }
    const dims = order.map((axis) => maps.order.indexOf(axis) + 1);
    return this.emit(source, 'Permute', { dims }, [maps], { role: 'permute', order });
  }

  /** The same maps with the batch as their first axis in ONNX' count. @throws FoldError where it is another one */
  withBatch(source: OnnxNode, maps: Maps): Maps {
    if (maps.batch === 0) return maps;
    if (maps.batch > 0 || maps.shape[0] !== 1)
      throw new FoldError(`its input of the shape [${maps.shape.join(', ')}] has no batch as its first axis`);
    const order = maps.order.filter((axis) => axis !== 0);
    const target_shape = order.map((axis) => maps.shape[axis]!);
    return this.emit(source, 'Reshape', { target_shape }, [maps], { role: 'reshape', order, batch: 0 });
  }

  /** Maps of rows, columns and channels, as convolutions and poolings take them. @throws FoldError for others */
  asImages(source: OnnxNode, maps: Maps): Maps {
    if (maps.shape.length !== 4) {
      const what = `its input has ${maps.shape.length} axes`;
      throw new FoldError(
        maps.shape.length === 3 ? `${what}: it is one-dimensional, and only images are supported` : what,
        'Only networks for images are supported: [batch, channels, height, width].',
      );
    }
    return this.arrange(source, this.withBatch(source, maps), [2, 3, 1]);
  }

  /** A constant's axes as maps have theirs stored, those in front that are 1 left out. @param rank of the maps in ONNX' count */
  alongside(value: Constant, maps: Pick<Maps, 'order' | 'batch'>): Constant {
    const rank = maps.order.length + (maps.batch >= 0 ? 1 : 0);
    const full = [...Array.from({ length: rank - value.shape.length }, () => 1), ...value.shape];
    if (maps.batch >= 0 && full[maps.batch] !== 1)
      throw new FoldError(
        'it has a value for each image of a batch',
        'Export the model with a batch of one.',
      );
    const whole = { ...value, shape: full, values: () => value.values() };
    const axes = maps.batch >= 0 ? [...maps.order, maps.batch] : maps.order;
    const longAxes = axes.filter((axis) => full[axis] !== 1);
    const inOrder = longAxes.every((axis, i) => i === 0 || axis > longAxes[i - 1]!);
    const shape = maps.order.map((axis) => full[axis]!);
    if (inOrder || sizeOf(full) === 1) return { ...whole, shape };
    const moved = transposed(whole, axes, this.budget);
    return { ...moved, shape, ...(value.name === undefined ? {} : { name: value.name }) };
  }
}

export const nameOf = ({ name, op, outputs }: OnnxNode): string =>
  name || outputs.find((output) => output) || op;

export function expectMaps(value: Value | undefined, what = 'its input'): Maps {
  if (value?.kind === 'maps') return value;
  throw new FoldError(value ? `${what} is a constant` : `${what} is missing`);
}

export function expectConstant(value: Value | undefined, what: string): Constant {
  if (value?.kind === 'constant') return value;
  throw new FoldError(
    value ? `${what} is computed from the image, and only a constant is supported` : `${what} is missing`,
  );
}

/** Whole numbers of a small constant. */
export function expectIntegers(value: Value | undefined, what: string, most = 1024): number[] {
  const found = expectConstant(value, what);
  if (sizeOf(found.shape) > most) throw new FoldError(`${what} has ${sizeOf(found.shape)} values`);
  return Array.from(found.values());
}
