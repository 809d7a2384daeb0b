import type { Pickled } from './pickle.ts';
import type { NumberStorage, StoredTensor } from './stored-tensor.ts';
import type { KeyedStorage } from './torch-globals.ts';

/** Tensors by their names in the file. They can be read as long as the file is open. */
export type StateDict = ReadonlyMap<string, StoredTensor>;

/** A pickle's value with what its storages are in the file. */
export interface TorchContents {
  readonly value: Pickled;
  /** Undefined where the file has none of that key. */
  storage(keyed: KeyedStorage): Promise<NumberStorage | undefined> | NumberStorage | undefined;
}
