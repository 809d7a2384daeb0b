import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { show } from '../layers/config-reader.ts';
import { isRecord } from '../layers/plain-value.ts';
import type { LayerSpec } from './keras-spec.ts';

/** An output of a layer: which of its calls, which tensor of that call. */
export interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

/** The names by which layers take what they work on, where a call names it. */
const INPUTS = ['inputs', 'input', 'x', 'images', 'input_tensor'];

/**
 * What each call of a layer takes, from Keras 2's `[[[name, call, tensor, kwargs], …]]` or Keras 3's `[{args, kwargs}]`. Other
 * arguments are refused by name unless they ask for what inference does anyway.
 */
export function inboundCalls(spec: LayerSpec, place: Place): readonly (readonly Reference[])[] {
  const { name, inbound } = spec;
  const calls = Array.isArray(inbound) ? (inbound as unknown[]) : [];
  if (!calls.length) {
    throw new UserError({
      what: `Unsupported model description: layer \`${name}\` has no inputs.`,
      place,
    });
  }
  return calls.map((call) => {
    const { args, keywords } = isRecord(call) ? callOfThree(call) : callOfTwo(call);
    const inputs = args.length ? [] : INPUTS.filter((key) => tensorsIn(keywords[key], 0).length);
    const references = inputs.length ? inputs.flatMap((key) => tensorsIn(keywords[key], 0)) : args;
    checkArguments(spec, keywords, inputs, place);
    if (references.length) return references;
    throw new UserError({
      what: `Unsupported model description: the connections of layer \`${name}\` cannot be read.`,
      place,
    });
  });
}

interface Call {
  readonly args: readonly Reference[];
  /** Of values given by position, by their number. */
  readonly keywords: Readonly<Record<string, unknown>>;
}

function callOfThree(call: Readonly<Record<string, unknown>>): Call {
  const args = Array.isArray(call['args']) ? (call['args'] as unknown[]) : [];
  const constants = args.map((arg, i) => [`argument ${i + 1}`, arg] as const);
  const given = constants.filter(([, arg]) => !tensorsIn(arg, 0).length);
  const keywords = isRecord(call['kwargs']) ? call['kwargs'] : {};
  return { args: tensorsIn(args, 0), keywords: { ...Object.fromEntries(given), ...keywords } };
}

function callOfTwo(call: unknown): Call {
  const entries = Array.isArray(call) ? (call as unknown[]) : [];
  const single = reference(call);
  const lists = single ? [entries] : entries;
  const keywords = lists.map((entry) => (Array.isArray(entry) ? (entry as unknown[])[3] : undefined));
  return {
    args: referenceList(call) ?? [],
    keywords: Object.assign({}, ...keywords.filter(isRecord)) as Call['keywords'],
  };
}

/** A layer that is called with `training`, or is given more than its inputs, computes something else. */
function checkArguments(
  { name, type }: LayerSpec,
  keywords: Call['keywords'],
  inputs: readonly string[],
  place: Place,
): void {
  for (const [key, value] of Object.entries(keywords)) {
    if (inputs.includes(key) || value === null || value === undefined) continue;
    if (key === 'training' && (value === false || value === 0)) continue;
    const passed =
      tensorsIn(value, 0).length || reference(value) ? 'the output of another layer' : show(value);
    const shown = /^argument \d/.test(key) ? key : `\`${key}\``;
    throw new UserError({
      what: `Layer \`${name}\` (${type}): a call with ${shown} (${passed}) is not supported.`,
      place,
      ...(key === 'training'
        ? { why: 'The layer would use the statistics of a batch, or random numbers.' }
        : {}),
      hint: `Save the model without \`${key}\` in that call.`,
    });
  }
}

/** `input_layers` and `output_layers`: one reference, a list of them, or names that lead to them. */
export function outputReferences(value: unknown): readonly Reference[] {
  if (isRecord(value)) return Object.values(value).flatMap(outputReferences);
  return referenceList(value) ?? [];
}

function referenceList(value: unknown): readonly Reference[] | undefined {
  const single = reference(value);
  if (single) return [single];
  if (!Array.isArray(value)) return undefined;
  const all = value.map(reference);
  return all.includes(undefined) ? undefined : (all as Reference[]);
}

export function reference(value: unknown): Reference | undefined {
  if (!Array.isArray(value)) return undefined;
  const [layer, call, tensor] = value as unknown[];
  const valid = typeof layer === 'string' && Number.isInteger(call) && Number.isInteger(tensor);
  return valid ? { layer, call: call as number, tensor: tensor as number } : undefined;
}

/** The output of a layer that an argument stands for, in Keras 2's form or Keras 3's. */
export function referenceOf(value: unknown): Reference | undefined {
  const single = reference(value);
  if (single || !isRecord(value) || value['class_name'] !== '__keras_tensor__') return single;
  const config = value['config'];
  return isRecord(config) ? reference(config['keras_history']) : undefined;
}

/** Keras tensors anywhere in a call's arguments, in order. */
function tensorsIn(value: unknown, depth: number): readonly Reference[] {
  if (depth > 8) return [];
  const single = reference(value);
  if (single) return [single];
  if (Array.isArray(value)) return value.flatMap((item) => tensorsIn(item, depth + 1));
  if (!isRecord(value)) return [];
  if (value['class_name'] === '__keras_tensor__') return [referenceOf(value)].flatMap((found) => found ?? []);
  return Object.values(value).flatMap((item) => tensorsIn(item, depth + 1));
}
