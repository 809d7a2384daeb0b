import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { show, snakeCase } from '../layers/config-reader.ts';
import { isRecord } from '../layers/plain-value.ts';
import type { Reference } from './keras-inbound.ts';
import { reference, referenceOf } from './keras-inbound.ts';
import type { LayerSpec } from './keras-spec.ts';
import { OperationArguments } from './operation-arguments.ts';
import type { OperationCall } from './operation-arguments.ts';
import { operationNames, operationOf } from './operation-table.ts';

type Json = Readonly<Record<string, unknown>>;

/** A call of an operation, as a call of a layer. */
export interface ConvertedCall {
  readonly layer: LayerSpec;
  readonly references: readonly Reference[];
}

/** Keras 2's layers around a function or an operation of TensorFlow. */
const TENSORFLOW_LAYERS: ReadonlySet<string> = new Set([
  'TFOpLambda',
  'SlicingOpLambda',
  'TensorFlowOpLayer',
]);

/** The class of Keras 3's operations is spelled out with its module: `keras.src.ops.numpy.Add`. */
const KERAS_OPERATION = /^keras(?:\.src)?\.ops\.(?:\w+\.)*(\w+)$/;

export const isOperation = ({ type }: LayerSpec): boolean =>
  TENSORFLOW_LAYERS.has(type) || KERAS_OPERATION.test(type);

/**
 * What stands in a model for an expression like `1 - x`, as calls of layers: operations of Keras 3, and functions and operations of
 * TensorFlow in Keras 2.
 *
 * @throws UserError naming the layer and the operation where it is none that is read, or is called in another way
 */
export function operationCalls(spec: LayerSpec, place: Place): readonly ConvertedCall[] {
  const { inbound } = spec;
  const calls = Array.isArray(inbound) ? (inbound as unknown[]) : [];
  return calls.map((call) =>
    convert(
      spec,
      KERAS_OPERATION.test(spec.type) ? ofKeras(spec, call, place) : ofTensorFlow(spec, call, place),
    ),
  );
}

function convert(
  spec: LayerSpec,
  { snake, ...call }: OperationCall & { readonly snake: string },
): ConvertedCall {
  const found = operationOf(snake);
  if (!found) {
    throw new UserError({
      what: `Layer \`${spec.name}\` (${call.operation}): this operation is not supported.`,
      place: call.place,
      hint: 'Use a layer of Keras in its place, save a model that ends before it, or use the operations below.',
      choices: operationNames,
    });
  }
  const args = new OperationArguments(call);
  const { type, config, inputs } = found(args);
  args.finish();
  if (!inputs.length) args.fail('the output of a layer as its input');
  return { layer: { ...spec, type, config: { name: spec.name, ...config } }, references: inputs };
}

/** The options that an operation was made with stand in its configuration, its operands in the call. */
function ofKeras(spec: LayerSpec, call: unknown, place: Place): OperationCall & { readonly snake: string } {
  const { args, kwargs } = isRecord(call) ? call : ({} as Json);
  return {
    name: spec.name,
    operation: spec.type,
    library: 'keras',
    positional: Array.isArray(args) ? (args as unknown[]) : [],
    keywords: { ...spec.config, ...(isRecord(kwargs) ? kwargs : {}) },
    place,
    snake: snakeCase(KERAS_OPERATION.exec(spec.type)![1]!),
  };
}

function ofTensorFlow(
  spec: LayerSpec,
  call: unknown,
  place: Place,
): OperationCall & { readonly snake: string } {
  const base = { name: spec.name, library: 'tensorflow' as const, place };
  if (spec.type === 'TensorFlowOpLayer') return ofNode(spec, call, base);
  const name = typeof spec.config['function'] === 'string' ? spec.config['function'] : '';
  const entries = Array.isArray(call) ? (call as unknown[]) : [];
  const single = typeof entries[0] === 'string';
  const lists = (single ? [entries] : entries).filter((entry): entry is unknown[] => Array.isArray(entry));
  const first = lists.map(([layer, at, value]) => (layer === '_CONSTANT_VALUE' ? value : [layer, at, value]));
  const keywords: Json = Object.assign(
    {},
    ...lists.map((entry) => (isRecord(entry[3]) ? entry[3] : {})),
  ) as Json;
  return {
    ...base,
    operation: `${spec.type} ${name}`,
    positional: [single ? first[0] : first],
    keywords,
    snake: snakeCase(name.slice(name.lastIndexOf('.') + 1)),
  };
}

/** Of TensorFlow 2.0 to 2.3: an operation, with the values of those inputs that are constants, by their number. */
function ofNode(
  spec: LayerSpec,
  call: unknown,
  base: Pick<OperationCall, 'name' | 'library' | 'place'>,
): OperationCall & { readonly snake: string } {
  const definition = isRecord(spec.config['node_def']) ? spec.config['node_def'] : {};
  const constants = isRecord(spec.config['constants']) ? spec.config['constants'] : {};
  const { op, input, attr } = definition;
  const entries = Array.isArray(call) ? (call as unknown[]) : [];
  const tensors = (reference(entries) ? [entries] : entries).flatMap((entry) =>
    referenceOf(entry) ? [entry] : [],
  );
  const count = Array.isArray(input) ? input.length : tensors.length;
  const rest = [...tensors];
  const positional = Array.from({ length: Math.min(count, 1000) }, (_, i) =>
    Object.hasOwn(constants, i) ? constants[i] : rest.shift(),
  );
  const name = typeof op === 'string' ? op : show(op);
  // Of its attributes, those that say how numbers are kept change none.
  const keywords = Object.fromEntries(
    Object.entries(isRecord(attr) ? attr : {}).flatMap(([key, value]) =>
      /^(T\w*|_\w+|N|SrcT|Truncate|explicit_paddings)$/.test(key) ? [] : [[key, attributeValue(value)]],
    ),
  );
  return {
    ...base,
    operation: `${spec.type} ${name}`,
    positional: name.startsWith('Concat') ? [positional.slice(0, -1), positional.at(-1)] : positional,
    keywords,
    snake: snakeCase(name),
  };
}

/** `{"i": "3"}`, `{"f": 0.2}`, `{"b": true}`, `{"s": "VkFMSUQ="}`: what is in it. */
function attributeValue(value: unknown): unknown {
  if (!isRecord(value)) return value;
  if ('i' in value) return Number(value['i']);
  if (typeof value['s'] === 'string') return Buffer.from(value['s'], 'base64').toString();
  return value['b'] ?? value['f'] ?? value['type'] ?? value;
}
