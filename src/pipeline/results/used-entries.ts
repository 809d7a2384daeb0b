import pLimit from 'p-limit';
import { rawName, recordName } from '../../store/entry-names.ts';
import type { Store } from '../../store/store.ts';

/** Entries of the store that something was made from or consists of, with their sizes: while all are there, it need not be made again. */
export interface UsedEntries {
  /** Results and records, by their names in the store. */
  readonly sealed: readonly (readonly [name: string, size: number])[];
  readonly assets: readonly (readonly [name: string, size: number])[];
}

/** A store that notes what is read from it and put into it. */
export interface WatchedStore {
  readonly store: Store;
  /** What was noted; undefined where some of it is not there. */
  entries(): Promise<UsedEntries | undefined>;
}

/** A shared store takes milliseconds to answer. */
const LOOKS_AT_ONCE = 16;

export function watchStore(store: Store): WatchedStore {
  const sealed = new Set<string>();
  const assets = new Set<string>();
  return {
    store: {
      ...store,
      readRecord(kind, key) {
        sealed.add(recordName(kind, key));
        return store.readRecord(kind, key);
      },
      writeRecord(kind, key, value) {
        sealed.add(recordName(kind, key));
        return store.writeRecord(kind, key, value);
      },
      rawSize(key) {
        sealed.add(rawName(key));
        return store.rawSize(key);
      },
      readRaw(key) {
        sealed.add(rawName(key));
        return store.readRaw(key);
      },
      assetSize(name) {
        assets.add(name);
        return store.assetSize(name);
      },
      readAsset(name) {
        assets.add(name);
        return store.readAsset(name);
      },
      async putAsset(bytes, extension) {
        const name = await store.putAsset(bytes, extension);
        assets.add(name);
        return name;
      },
    },
    async entries() {
      const someAtOnce = pLimit(LOOKS_AT_ONCE);
      let complete = true;
      const sizeOf = (looking: Promise<number | undefined>): Promise<number> =>
        looking.then((size) => {
          complete &&= size !== undefined;
          return size ?? 0;
        });
      const each = (names: Iterable<string>, look: (name: string) => Promise<number | undefined>) =>
        Promise.all([...names].map(async (name) => [name, await sizeOf(someAtOnce(look, name))] as const));
      const used: UsedEntries = {
        sealed: await each(sealed, (name) => store.entrySize(name)),
        assets: await each(assets, (name) => store.assetSize(name)),
      };
      return complete ? used : undefined;
    },
  };
}

/** Whether all of them are there, as long as they were. */
export async function areThere(store: Store, { sealed, assets }: UsedEntries): Promise<boolean> {
  const someAtOnce = pLimit(LOOKS_AT_ONCE);
  let sound = true;
  const look = async (name: string, size: number, sizeOf: Store['assetSize']): Promise<void> => {
    if (sound && (await sizeOf(name)) !== size) sound = false;
  };
  await Promise.all([
    ...sealed.map(([name, size]) => someAtOnce(look, name, size, store.entrySize)),
    ...assets.map(([name, size]) => someAtOnce(look, name, size, store.assetSize)),
  ]);
  return sound;
}
