import { unzipSync } from 'fflate';
import type { UnzipFileInfo } from 'fflate';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { isRecord } from '../layers/plain-value.ts';
import type { ModelFile, ReadOptions } from './format.ts';
import { parseJson } from './json.ts';
import { kerasDialect, readKerasConfig } from './keras-config.ts';
import { withKerasWeights } from './keras-file.ts';

const MEGABYTE = 2 ** 20;
/** The parts of an archive that are read, and the most each may unpack to. */
const PARTS: Readonly<Record<string, number>> = {
  'config.json': 64 * MEGABYTE,
  'metadata.json': MEGABYTE,
  'model.weights.h5': 2048 * MEGABYTE,
};
/** Weights hardly compress; a part that unpacks to more than this many times its packed size is a trap. */
const MAX_RATIO = 100;

/** A .keras archive: a zip of config.json, metadata.json and model.weights.h5. Nothing is unpacked to disk. */
export async function readKerasV3(archive: Uint8Array, options: ReadOptions): Promise<ModelFile> {
  const { place } = options;
  const parts = unpack(archive, place);
  const text = (name: string): string => new TextDecoder().decode(part(parts, name, place));
  const description = parseJson(text('config.json'), 'config.json', place);
  const metadata = parts['metadata.json'] ? parseJson(text('metadata.json'), 'metadata.json', place) : {};
  const version = isRecord(metadata) ? String(metadata['keras_version'] ?? '3') : '3';
  const parsed = readKerasConfig(description, {
    ...options,
    format: 'keras-v3',
    dialect: kerasDialect(version),
  });
  return withKerasWeights(parsed, part(parts, 'model.weights.h5', place), place);
}

function unpack(archive: Uint8Array, place: Place): Record<string, Uint8Array> {
  const wanted = (file: UnzipFileInfo): boolean => {
    const limit = Object.hasOwn(PARTS, file.name) ? PARTS[file.name]! : undefined;
    if (limit === undefined) return false;
    if (
      file.originalSize > limit ||
      (file.originalSize > MEGABYTE && file.originalSize > MAX_RATIO * file.size)
    ) {
      throw new UserError({
        what: `${file.name} in this archive would unpack from ${megabytes(file.size)} to ${megabytes(file.originalSize)}`,
        place,
        why: 'That is more than a model can need; it is not unpacked.',
      });
    }
    return true;
  };
  try {
    return unzipSync(archive, { filter: wanted });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError({
      what: 'this file cannot be read as a .keras archive',
      place,
      why: `It is no zip file, or was cut short (${(error as Error).message}).`,
      hint: 'Save or download it again.',
    });
  }
}

function part(parts: Record<string, Uint8Array>, name: string, place: Place): Uint8Array {
  const found = Object.hasOwn(parts, name) ? parts[name] : undefined;
  if (found) return found;
  throw new UserError({
    what: `this .keras archive lacks ${name}`,
    place,
    hint: 'Save the model with model.save("name.keras").',
    choices: Object.keys(PARTS),
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

/** The HDF5 file of weights inside an archive. */
export function weightsInKerasV3(archive: Uint8Array, place: Place): Uint8Array {
  return part(unpack(archive, place), 'model.weights.h5', place);
}
