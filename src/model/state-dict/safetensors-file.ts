/** Safetensors: the length of a header, the header as JSON, and the tensors' bytes (github.com/huggingface/safetensors). */
import { open as openFile } from 'node:fs/promises';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { parseJson } from '../formats/json.ts';
import { show } from '../layers/config-reader.ts';
import { isRecord } from '../layers/plain-value.ts';
import { MAX_DESCRIPTION } from '../reading/limits.ts';
import { UnreadableFile } from './unreadable-file.ts';
import { partOf, readPart } from './read-part.ts';
import type { StoredTensor } from './stored-tensor.ts';
import { countOf, numberType, rowMajor } from './stored-tensor.ts';
import type { StateDict } from './torch-contents.ts';

const TYPES: Readonly<Record<string, string>> = {
  ...{ F64: 'float64', F32: 'float32', F16: 'float16', BF16: 'bfloat16' },
  ...{ I64: 'int64', I32: 'int32', I16: 'int16', I8: 'int8', BOOL: 'bool' },
  ...{ U64: 'uint64', U32: 'uint32', U16: 'uint16', U8: 'uint8' },
  ...{ C64: 'complex64', F8_E4M3: 'float8_e4m3fn', F8_E5M2: 'float8_e5m2', F8_E8M0: 'float8_e8m0fnu' },
};

const LENGTH_BYTES = 8;

/** Opens a file and hands over its tensors. @throws UserError */
export async function withSafetensors<T>(
  path: string,
  place: Place,
  read: (tensors: StateDict) => Promise<T>,
): Promise<T> {
  const damaged = (why: string): never => {
    throw new UserError({
      what: 'The file cannot be read as a safetensors file.',
      place,
      why,
      hint: 'Save or download the file again.',
    });
  };
  const file = await openFile(path, 'r');
  try {
    const { size } = await file.stat();
    if (size < LENGTH_BYTES) return damaged('It is cut off.');
    const length = Number(Buffer.from(await readPart(file, 0, LENGTH_BYTES)).readBigUInt64LE());
    if (length > MAX_DESCRIPTION || LENGTH_BYTES + length > size)
      return damaged(`It states a header of ${length.toLocaleString('en')} bytes.`);
    const header = new TextDecoder().decode(await readPart(file, LENGTH_BYTES, length));
    const entries = parseJson(header, 'The header', place);
    if (!isRecord(entries)) return damaged('Its header is not an object.');
    const start = LENGTH_BYTES + length;
    const tensors = new Map<string, StoredTensor>();
    for (const [name, entry] of Object.entries(entries)) {
      if (name === '__metadata__') continue;
      const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
      const type =
        typeof dtype === 'string' && Object.hasOwn(TYPES, dtype) ? numberType(TYPES[dtype]!) : undefined;
      if (!type) return damaged(`${show(name)} has the type ${show(dtype)}.`);
      if (!isSizes(shape)) return damaged(`${show(name)} has the shape ${show(shape)}.`);
      const [from, to] = isSizes(offsets) && offsets.length === 2 ? (offsets as [number, number]) : [1, 0];
      if (from > to || start + to > size || to - from !== countOf(shape) * type.size)
        return damaged(
          `${show(name)} has the shape ${show(shape)} and the place ${show(offsets)} in the file.`,
        );
      tensors.set(name, {
        ...{ type, shape, strides: rowMajor(shape), offset: 0 },
        storage: partOf(file, start + from, to - from),
      });
    }
    return await read(tensors);
  } catch (error) {
    if (error instanceof UnreadableFile) return damaged(error.message);
    throw error;
  } finally {
    await file.close();
  }
}

const MAX_AXES = 64;

const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.length <= MAX_AXES &&
  value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
