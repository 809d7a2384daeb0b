import { open as openFile } from 'node:fs/promises';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { ArchiveError } from '../../registry/archive.ts';
import { listZip, readZipEntry, storedAt } from '../../registry/zip.ts';
import type { ZipEntry } from '../../registry/zip.ts';
import { isRecord } from '../layers/plain-value.ts';
import { memorySize } from '../../byte-size.ts';
import { MAX_DESCRIPTION } from '../reading/limits.ts';
import type { ModelFile, ModelFormat, ReadOptions } from './format.ts';
import type { Hdf5Source } from './hdf5.ts';
import { parseJson } from './json.ts';
import { kerasDialect, readKerasConfig } from './keras-config.ts';
import { kerasWeightReader, withKerasWeights } from './keras-file.ts';

const MEGABYTE = 2 ** 20;
const NAME = 'keras-v3';
const WEIGHTS = 'model.weights.h5';
/** The parts of an archive that are read, and the most each may unpack to. */
const PARTS: Readonly<Record<string, number>> = {
  'config.json': MAX_DESCRIPTION,
  'metadata.json': MEGABYTE,
  [WEIGHTS]: 2048 * MEGABYTE,
};
/** Weights hardly compress; a part that unpacks to more than this many times its packed size is a trap. */
const MAX_RATIO = 100;

/** A .keras archive: a zip of config.json, metadata.json and model.weights.h5. Nothing is unpacked to disk. */
async function open(path: string, options: ReadOptions): Promise<ModelFile> {
  const { place } = options;
  const { description, metadata, weights } = await withArchive(path, place, async (archive) => ({
    description: parseJson(await archive.text('config.json'), 'config.json', place),
    metadata: archive.has('metadata.json')
      ? parseJson(await archive.text('metadata.json'), 'metadata.json', place)
      : {},
    weights: await archive.source(WEIGHTS),
  }));
  const version = isRecord(metadata) ? String(metadata['keras_version'] ?? '3') : '3';
  const parsed = readKerasConfig(description, {
    ...options,
    format: NAME,
    dialect: kerasDialect(version),
  });
  return withKerasWeights(parsed, weights, place);
}

export const kerasV3: ModelFormat = {
  name: NAME,
  endings: ['.keras'],
  example: 'name.keras',
  saving: 'Save the model with model.save("name.keras").',
  open,
  weights: kerasWeightReader(
    ({ path, place }) => withArchive(path, place, (archive) => archive.source(WEIGHTS)),
    ['name.keras'],
  ),
};

interface Archive {
  has(name: string): boolean;
  text(name: string): Promise<string>;
  /** Where the part is: in the archive itself, where Keras left it uncompressed. */
  source(name: string): Promise<Hdf5Source>;
}

async function withArchive<T>(
  path: string,
  place: Place,
  read: (archive: Archive) => Promise<T>,
): Promise<T> {
  const file = await openFile(path, 'r');
  try {
    const entries = new Map((await listZip(file)).map((entry) => [entry.name, entry]));
    const find = (name: string): ZipEntry => expectPart(entries.get(name), name, place);
    return await read({
      has: (name) => entries.has(name),
      text: async (name) => new TextDecoder().decode(await unpack(find(name))),
      async source(name) {
        const entry = find(name);
        const start = await storedAt(entry);
        return start === undefined ? unpack(entry) : { path, part: { start, length: entry.bytes } };
      },
    });
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new UserError({
      what: 'The file cannot be read as a .keras archive.',
      place,
      why: error.message,
      hint: 'Save or download the file again.',
    });
  } finally {
    await file.close();
  }
}

function expectPart(entry: ZipEntry | undefined, name: string, place: Place): ZipEntry {
  if (!entry) {
    throw new UserError({
      what: `The .keras archive has no \`${name}\`.`,
      place,
      hint: 'Save the model with model.save("name.keras").',
      choices: Object.keys(PARTS),
    });
  }
  const { bytes, packed } = entry;
  if (bytes > PARTS[name]! || (bytes > MEGABYTE && bytes > MAX_RATIO * packed)) {
    throw new UserError({
      what: `\`${name}\` in the .keras archive unpacks from ${memorySize(packed)} to ${memorySize(bytes)}.`,
      place,
      why: 'That is more than a model needs. The archive is not unpacked.',
    });
  }
  return entry;
}

async function unpack(entry: ZipEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.bytes);
  let at = 0;
  for await (const chunk of readZipEntry(entry)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
