import type { FileHandle } from 'node:fs/promises';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { memorySize } from '../../byte-size.ts';
import type { ZipEntry } from '../../registry/zip.ts';
import { listZip, readZipEntry, storedAt } from '../../registry/zip.ts';
import { MAX_DESCRIPTION } from '../reading/limits.ts';
import type { PickleHost } from './pickle.ts';
import { unpickle } from './pickle.ts';
import { UnreadableFile } from './unreadable-file.ts';
import { partOf } from './read-part.ts';
import type { NumberStorage } from './stored-tensor.ts';
import type { TorchContents } from './torch-contents.ts';
import { EXPORT_HINT } from './torch-hints.ts';

const MAX_STORAGE = 2 ** 33;

/** PyTorch's zip archive: `<name>/data.pkl`, and `<name>/data/<key>` for each storage. Nothing is unpacked to disk. */
export async function readTorchArchive(
  file: FileHandle,
  place: Place,
  host: PickleHost,
): Promise<TorchContents> {
  const entries = new Map((await listZip(file)).map((entry) => [entry.name, entry]));
  const names = [...entries.keys()];
  const pickle = names.find((name) => /^(?:[^/]+\/)?data\.pkl$/.test(name));
  const folder = pickle?.slice(0, -'data.pkl'.length);
  if (names.some((name) => /^(?:[^/]+\/)?(?:constants\.pkl|code\/)/.test(name))) {
    throw new UserError({
      what: 'TorchScript archives are not supported.',
      place,
      why: 'The archive holds code of PyTorch, and code in model files is never run.',
      hint: EXPORT_HINT,
    });
  }
  if (pickle === undefined || folder === undefined) {
    throw new UserError({
      what: 'The archive has no `data.pkl`.',
      place,
      why: 'PyTorch did not save it.',
      hint: 'Save weights with torch.save(model.state_dict(), "name.pth").',
    });
  }
  const order = entries.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(await unpack(order, 16)).trim() !== 'little')
    throw new UnreadableFile('Its numbers are big-endian, which is not supported.');
  const { value } = unpickle(await unpack(entries.get(pickle)!, MAX_DESCRIPTION), 0, host);
  return {
    value,
    async storage({ key }) {
      const entry = entries.get(`${folder}data/${key}`) ?? entries.get(`${folder}tensors/${key}`);
      if (!entry) return undefined;
      const start = await storedAt(entry);
      return start === undefined ? packed(entry) : partOf(file, start, entry.bytes);
    },
  };
}

/** A compressed storage. It is unpacked for each of its tensors, as they are few. */
function packed(entry: ZipEntry): NumberStorage {
  return {
    bytes: entry.bytes,
    fill: async (target, start) =>
      target.set((await unpack(entry, MAX_STORAGE)).subarray(start, start + target.length)),
  };
}

/** @throws ArchiveError where it unpacks to far more than it is packed in */
async function unpack(entry: ZipEntry, most: number): Promise<Uint8Array> {
  if (entry.bytes > most)
    throw new UnreadableFile(
      `\`${entry.name}\` unpacks to ${memorySize(entry.bytes)}. The limit is ${memorySize(most)}.`,
    );
  // Grown piece by piece: how long it is has only been stated.
  const chunks: Uint8Array[] = [];
  for await (const chunk of readZipEntry(entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
