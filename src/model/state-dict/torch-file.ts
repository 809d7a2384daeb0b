/**
 * PyTorch's files: since 1.6 a zip archive with a pickle, `data.pkl`, and the numbers of each storage in a file of its own; before that
 * five pickles one after the other and then the storages.
 */
import type { FileHandle } from 'node:fs/promises';
import { open as openFile } from 'node:fs/promises';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { ArchiveError } from '../../registry/archive.ts';
import { MAX_DESCRIPTION } from '../reading/limits.ts';
import { findStateDict } from './named-tensors.ts';
import type { Pickled, PickleHost } from './pickle.ts';
import { unpickle } from './pickle.ts';
import { UnreadableFile } from './unreadable-file.ts';
import { partOf, readPart } from './read-part.ts';
import type { NumberStorage, StoredTensor } from './stored-tensor.ts';
import type { PickledTensor } from './torch-globals.ts';
import { PickledModule, RefusedGlobal, torchGlobal, torchStorage } from './torch-globals.ts';
import { EXPORT_HINT, SAVE_HINT } from './torch-hints.ts';
import { readTorchArchive } from './torch-archive.ts';
import type { StateDict, TorchContents } from './torch-contents.ts';

/** Opens a file and hands over its state dict. @throws UserError */
export async function withTorchFile<T>(
  path: string,
  place: Place,
  read: (tensors: StateDict) => Promise<T>,
): Promise<T> {
  const file = await openFile(path, 'r');
  try {
    const start = await readPart(file, 0, Math.min(512, (await file.stat()).size));
    const contents = isZip(start)
      ? await readTorchArchive(file, place, pickleHost)
      : await readLegacy(file, start, place);
    const found = findStateDict(contents.value);
    if (!found) {
      throw new UserError({
        what: 'The file contains no state dict.',
        place,
        why: 'It has no dict of tensors by their names.',
        hint: SAVE_HINT,
      });
    }
    return await read(await resolveStorages(found, contents));
  } catch (error) {
    throw refusal(error, place);
  } finally {
    await file.close();
  }
}

const pickleHost: PickleHost = { global: torchGlobal, persistent: torchStorage };

const isZip = (start: Uint8Array): boolean => start[0] === 0x50 && start[1] === 0x4b;

async function resolveStorages(
  tensors: ReadonlyMap<string, PickledTensor>,
  { storage }: TorchContents,
): Promise<StateDict> {
  const known = new Map<string, NumberStorage | undefined>();
  const resolved = new Map<string, StoredTensor>();
  for (const [name, { stored, type, shape, strides, offset }] of tensors) {
    if (!known.has(stored.key)) known.set(stored.key, await storage(stored));
    const found = known.get(stored.key);
    if (!found) throw new UnreadableFile(`It has no numbers for \`${name}\`.`);
    const { size } = stored.type ?? { size: 1 };
    if ((stored.start + stored.count) * size > found.bytes)
      throw new UnreadableFile(`The numbers of \`${name}\` are cut off.`);
    resolved.set(name, { type, shape, strides, offset: stored.start + offset, storage: found });
  }
  return resolved;
}

/** What an error in a file is to the user. */
function refusal(error: unknown, place: Place): unknown {
  if (error instanceof RefusedGlobal) {
    const isClass = /^[A-Z]/.test(error.global.slice(error.global.lastIndexOf('.') + 1));
    return new UserError({
      what: `The file needs \`${error.global}\`, which is refused.`,
      place,
      why: 'Files of PyTorch can name any code. Only tensors, ordered dicts and plain values are read, and nothing is run.',
      hint: isClass ? `${SAVE_HINT} ${EXPORT_HINT}` : SAVE_HINT,
    });
  }
  if (error instanceof PickledModule) {
    return new UserError({
      what: 'The file holds a whole module, not a state dict.',
      place,
      why: 'A pickled module names the code that it needs, and code in model files is never run.',
      hint: `${SAVE_HINT} ${EXPORT_HINT}`,
    });
  }
  if (error instanceof UnreadableFile || error instanceof ArchiveError) {
    return new UserError({
      what: 'The file cannot be read as a PyTorch file.',
      place,
      why: error.message,
      hint: 'Save or download the file again.',
    });
  }
  return error;
}

/** What legacy files begin with, as a pickled number. */
const MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/** Magic number, protocol and system of five pickles; the value; the keys of the storages; then for each its length and its numbers. */
async function readLegacy(file: FileHandle, start: Uint8Array, place: Place): Promise<TorchContents> {
  refuseText(start, place);
  const { size } = await file.stat();
  const head = await readPart(file, 0, Math.min(size, MAX_DESCRIPTION));
  const sizes = new Map<string, number>();
  const host: PickleHost = {
    global: torchGlobal,
    persistent(id) {
      const storage = torchStorage(id);
      sizes.set(storage.key, storage.type?.size ?? 1);
      return storage;
    },
  };
  let at = 0;
  const next = (): Pickled => {
    const { value, end } = unpickle(head, at, host);
    at = end;
    return value;
  };
  if (next() !== MAGIC) throw new UnreadableFile('It is a pickle of something else than PyTorch.');
  if (next() !== LEGACY_PROTOCOL) throw new UnreadableFile('It has another version of the format than 1001.');
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false)
    throw new UnreadableFile('Its numbers are big-endian, which is not supported.');
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new UnreadableFile('It has no list of storages.');
  const storages = new Map<string, NumberStorage>();
  for (const key of keys.map(String)) {
    if (at + 8 > size) throw new UnreadableFile('It is cut off.');
    const count = Number(Buffer.from(await readPart(file, at, 8)).readBigInt64LE());
    const bytes = count * (sizes.get(key) ?? 1);
    if (!(count >= 0) || at + 8 + bytes > size) throw new UnreadableFile('It is cut off.');
    storages.set(key, partOf(file, at + 8, bytes));
    at += 8 + bytes;
  }
  return { value, storage: ({ key }) => storages.get(key) };
}

/** What servers send in place of a file. */
function refuseText(start: Uint8Array, place: Place): void {
  const text = Buffer.from(start).toString('latin1').trimStart();
  const found = /^<(?:!doctype|html|\?xml|head|body)/i.test(text)
    ? 'a web page'
    : text.startsWith('version https://git-lfs')
      ? 'a pointer of Git LFS'
      : text.startsWith('{')
        ? 'JSON'
        : undefined;
  if (found === undefined) return;
  throw new UserError({
    what: `The file holds ${found} instead of weights.`,
    place,
    hint: 'Download the file itself again.',
  });
}
