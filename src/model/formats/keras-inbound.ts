import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { isRecord } from '../layers/plain-value.ts';
import type { LayerSpec } from './keras-spec.ts';

/** An output of a layer: which of its calls, which tensor of that call. */
export interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly tensor: number;
}

/** What each call of a layer takes, from Keras 2's `[[[name, call, tensor, kwargs], …]]` or Keras 3's `[{args, kwargs}]`. */
export function inboundCalls({ name, inbound }: LayerSpec, place: Place): readonly (readonly Reference[])[] {
  const calls = Array.isArray(inbound) ? (inbound as unknown[]) : [];
  if (!calls.length) {
    throw new UserError({
      what: `the model's description cannot be used: layer "${name}" is connected to nothing`,
      place,
    });
  }
  return calls.map((call) => {
    const references = isRecord(call) ? tensorsIn(call['args'], 0) : referenceList(call);
    const named = isRecord(call) ? tensorsIn(call['kwargs'], 0) : keywordTensors(call);
    if (references?.length && !named?.length) return references;
    throw new UserError({
      what: `the model's description cannot be used: the connections of layer "${name}" cannot be read`,
      place,
      ...(named?.length ? { why: 'A layer whose inputs are passed by name is not supported.' } : {}),
    });
  });
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

function reference(value: unknown): Reference | undefined {
  if (!Array.isArray(value)) return undefined;
  const [layer, call, tensor] = value as unknown[];
  const valid = typeof layer === 'string' && Number.isInteger(call) && Number.isInteger(tensor);
  return valid ? { layer, call: call as number, tensor: tensor as number } : undefined;
}

/** Keras tensors anywhere in a call's arguments, in order. */
function tensorsIn(value: unknown, depth: number): readonly Reference[] {
  if (depth > 8) return [];
  if (Array.isArray(value)) return value.flatMap((item) => tensorsIn(item, depth + 1));
  if (!isRecord(value)) return [];
  if (value['class_name'] === '__keras_tensor__') {
    const config = value['config'];
    const found = isRecord(config) ? reference(config['keras_history']) : undefined;
    return found ? [found] : [];
  }
  return Object.values(value).flatMap((item) => tensorsIn(item, depth + 1));
}

/** Keras 2 writes a tensor among the keyword arguments as [name, call, tensor] too. */
function keywordTensors(call: unknown): readonly Reference[] {
  const entries = Array.isArray(call) ? (call as unknown[]) : [];
  const lists = reference(call) ? [entries] : entries;
  return lists.flatMap((entry) => {
    const keywords = Array.isArray(entry) ? (entry as unknown[])[3] : undefined;
    return isRecord(keywords) ? Object.values(keywords).flatMap((value) => reference(value) ?? []) : [];
  });
}
