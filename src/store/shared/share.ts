import pLimit from 'p-limit';
import { sha256 } from '../../hash.ts';
import { assetName, partialName, rawName, recordName } from '../entry-names.ts';
import { decodeRecord, encodeRecord } from '../record-text.ts';
import { payloadSize, seal, unseal } from '../seal.ts';
import type { Store } from '../store.ts';
import type { SharedSession } from './join-store.ts';
import { markUsed } from './leases.ts';
import { isSharedRecord, sharedName } from './names.ts';
import type { Found } from './objects.ts';
import { Uploads } from './uploads.ts';

/** Readings of an object whose bytes are not what they should be: it may have been the way here. */
const READINGS = 3;

const FETCHES_AT_ONCE = 16;

/**
 * The cache in front of a shared store. What the cache lacks is read from the store, checked, and kept in the cache; what is written
 * goes to both, to the store in the background. What is found in the cache alone is sent to the store, too.
 */
export function shareStore(
  local: Store,
  { objects, lease, known, damaged }: SharedSession,
  onDamaged: (path: string) => void = () => {},
): Store {
  const uploads = new Uploads();

  /** Undefined where no object has the bytes that the entry must have. */
  const fetch = async (
    entry: string,
    check: (bytes: Buffer) => Buffer | undefined,
  ): Promise<Buffer | undefined> => {
    const name = sharedName(entry);
    if (name === undefined || damaged.has(entry)) return undefined;
    for (let reading = 0; reading < READINGS; reading++) {
      const found = await objects.read(name);
      if (!found) return undefined;
      const value = check(found.bytes);
      if (!value) continue;
      await markUsed(objects, name, found);
      known.add(entry);
      return value;
    }
    known.delete(entry);
    damaged.add(entry);
    onDamaged(`${objects.address}/${name}`);
    return undefined;
  };
  const fetchSealed = (entry: string): Promise<Buffer | undefined> =>
    fetch(entry, (bytes) => {
      const unsealed = unseal(entry, bytes);
      return unsealed.state === 'sound' ? unsealed.value : undefined;
    });

  const find = async (entry: string): Promise<Found | undefined> => {
    const name = sharedName(entry);
    const found = name === undefined || damaged.has(entry) ? undefined : await objects.find(name);
    if (found) {
      await markUsed(objects, name!, found);
      known.add(entry);
    }
    return found;
  };

  const send = async (entry: string, bytes: Buffer, order?: { readonly after: boolean }): Promise<void> => {
    const name = sharedName(entry);
    if (name === undefined || !lease) return;
    known.add(entry);
    const write = async (): Promise<void> => {
      await objects.write(name, bytes);
      damaged.delete(entry);
    };
    await uploads.add(bytes.byteLength, write, order);
  };

  /** An entry that was found in the cache is sent where the store lacks it. */
  const ensure = async (entry: string, load: () => Promise<Buffer | undefined>): Promise<void> => {
    const name = sharedName(entry);
    if (name === undefined || !lease || known.has(entry)) return;
    known.add(entry);
    await uploads.add(0, async () => {
      const found = damaged.has(entry) ? undefined : await objects.find(name);
      if (found) return markUsed(objects, name, found);
      const bytes = await load();
      if (bytes) await objects.write(name, bytes);
      damaged.delete(entry);
    });
  };
  const ensureSealed = (entry: string, load: () => Promise<Buffer | undefined>): Promise<void> =>
    ensure(entry, async () => {
      const payload = await load();
      return payload && seal(entry, payload);
    });

  /** Puts an asset into the cache; false where the store has no sound one. */
  const fetchAsset = async (asset: string): Promise<boolean> => {
    const dot = asset.indexOf('.');
    const bytes = await fetch(assetName(asset), (read) =>
      sha256(read).startsWith(asset.slice(0, dot)) ? read : undefined,
    );
    if (bytes) await local.putAsset(bytes, asset.slice(dot + 1));
    return bytes !== undefined;
  };
  const ensureAsset = (asset: string): Promise<void> =>
    ensure(assetName(asset), () => local.readAsset(asset));

  return {
    ...local,

    async rawSize(key) {
      const size = await local.rawSize(key);
      if (size === undefined) {
        const found = await find(rawName(key));
        return found && payloadSize(found.size);
      }
      await ensureSealed(rawName(key), () => local.readRaw(key));
      return size;
    },
    async readRaw(key) {
      const kept = await local.readRaw(key);
      if (kept) return kept;
      const payload = await fetchSealed(rawName(key));
      if (payload) await local.writeRaw(key, payload);
      return payload;
    },
    async writeRaw(key, bytes) {
      await local.writeRaw(key, bytes);
      await send(rawName(key), seal(rawName(key), bytes));
    },

    async readPartial(name) {
      const kept = await local.readPartial(name);
      if (kept || name.checkpoint) return kept;
      const payload = await fetchSealed(partialName(name));
      if (payload) await local.writePartial(name, payload);
      return payload;
    },
    async writePartial(name, bytes) {
      await local.writePartial(name, bytes);
      if (!name.checkpoint) await send(partialName(name), seal(partialName(name), bytes));
    },

    async readRecord(kind, key) {
      const kept = await local.readRecord(kind, key);
      if (!isSharedRecord(kind)) return kept;
      const entry = recordName(kind, key);
      if (kept !== undefined) {
        await ensureSealed(entry, () => encodeRecord(kept));
        return kept;
      }
      const payload = await fetchSealed(entry);
      if (!payload) return undefined;
      const value = await decodeRecord(payload);
      await local.writeRecord(kind, key, value);
      return value;
    },
    async writeRecord(kind, key, value) {
      await local.writeRecord(kind, key, value);
      const entry = recordName(kind, key);
      // Whoever finds a record finds what it names.
      await send(entry, seal(entry, await encodeRecord(value)), { after: true });
    },
    async listRecords(kind) {
      const keys = new Set(await local.listRecords(kind));
      if (!isSharedRecord(kind)) return [...keys];
      for await (const { name } of objects.list(`records/${kind}/`)) {
        const key = /([0-9a-z]+)\.json$/.exec(name)?.[1];
        if (key !== undefined) keys.add(key);
      }
      return [...keys];
    },

    async entrySize(entry) {
      const size = await local.entrySize(entry);
      if (size === undefined) return (await find(entry))?.size;
      await ensureSealed(entry, () => local.readEntry(entry));
      return size;
    },
    async readEntry(entry) {
      return (await local.readEntry(entry)) ?? fetchSealed(entry);
    },

    async putAsset(bytes, extension) {
      const asset = await local.putAsset(bytes, extension);
      if (!known.has(assetName(asset))) await send(assetName(asset), Buffer.from(bytes));
      return asset;
    },
    async assetSize(asset) {
      const size = await local.assetSize(asset);
      if (size === undefined) return (await find(assetName(asset)))?.size;
      await ensureAsset(asset);
      return size;
    },
    async readAsset(asset) {
      const kept = await local.readAsset(asset);
      return kept ?? ((await fetchAsset(asset)) ? local.readAsset(asset) : undefined);
    },
    async checkAsset(asset) {
      const state = await local.checkAsset(asset);
      return state !== 'sound' && (await fetchAsset(asset)) ? 'sound' : state;
    },
    async copyAssets(names, folder) {
      const all = [...names];
      const someAtOnce = pLimit(FETCHES_AT_ONCE);
      const fetches = all.map((name) =>
        someAtOnce(async () => {
          if ((await local.assetSize(name)) === undefined) await fetchAsset(name);
        }),
      );
      await Promise.allSettled(fetches);
      await Promise.all(fetches);
      const lost = await local.copyAssets(all, folder);
      const found = await Promise.all(lost.map((name) => someAtOnce(() => fetchAsset(name))));
      const again = await local.copyAssets(
        lost.filter((_, index) => found[index]),
        folder,
      );
      return [...lost.filter((_, index) => !found[index]), ...again];
    },

    flush: () => uploads.flush(),
  };
}
