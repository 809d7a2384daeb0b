import type { Pickled } from './pickle.ts';
import type { PickledTensor } from './torch-globals.ts';
import { isTensor } from './torch-globals.ts';

/** Where checkpoints keep a state dict beside other things, in the order in which they are looked for. */
const CHECKPOINT_KEYS = [
  ...['state_dict', 'model_state_dict', 'model_state', 'model', 'module', 'network', 'net'],
  ...['weights', 'params', 'state', 'model_ema', 'state_dict_ema', 'params_ema', 'ema', 'ema_state_dict'],
];

/** Checkpoints nest no deeper: {"model": {"state_dict": {…}}}. */
const MAX_DEPTH = 3;

/**
 * The state dict in what a file holds: itself, or one under a name that checkpoints have for it.
 * @returns undefined where there is none
 */
export function findStateDict(value: Pickled): ReadonlyMap<string, PickledTensor> | undefined {
  return search(value, MAX_DEPTH);
}

function search(value: Pickled, depth: number): ReadonlyMap<string, PickledTensor> | undefined {
  if (!(value instanceof Map) || depth === 0) return undefined;
  const inner = CHECKPOINT_KEYS.map((key) => value.get(key) as Pickled).filter((each) => each instanceof Map);
  for (const each of inner) {
    const found = search(each, depth - 1);
    if (found) return found;
  }
  const tensors = new Map<string, PickledTensor>();
  for (const [name, entry] of value as ReadonlyMap<Pickled, Pickled>)
    if (typeof name === 'string' && isTensor(entry)) tensors.set(name, entry);
  return tensors.size > 0 ? tensors : undefined;
}
