/** What a file of PyTorch may import: tensors, storages, plain containers. Anything else is refused by its name. */
import type { Pickled, PickleGlobal } from './pickle.ts';
import { UnreadableFile } from './unreadable-file.ts';
import type { NumberStorage, NumberType, StoredTensor } from './stored-tensor.ts';
import { extentOf, numberType } from './stored-tensor.ts';

/** A global that is none of those that are read. */
export class RefusedGlobal extends UnreadableFile {
  /** `module.name` as in the file. */
  readonly global: string;

  constructor(global: string) {
    super(`It needs \`${global}\`.`);
    this.name = 'RefusedGlobal';
    this.global = global;
  }
}

/** A storage that a pickle refers to by its key. `type` is absent where tensors say what it holds. */
export interface KeyedStorage {
  readonly kind: 'storage';
  readonly key: string;
  readonly type?: NumberType | undefined;
  /** Where its numbers begin in what is stored under the key, in numbers: views of older versions. */
  readonly start: number;
  /** How many numbers the pickle gives it, bytes where the type is absent. */
  readonly count: number;
}

/** A tensor in a pickle. */
export interface PickledTensor extends Omit<StoredTensor, 'storage'> {
  readonly kind: 'tensor';
  readonly stored: KeyedStorage;
}

export const isTensor = (value: Pickled): value is PickledTensor =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';

const isStorage = (value: Pickled): value is KeyedStorage =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'storage';

/** A type of storages, as persistent ids name it. */
interface StorageType extends PickleGlobal {
  readonly storage: NumberType | 'untyped';
}

/** A type of numbers. */
interface TypeGlobal extends PickleGlobal {
  readonly numbers: NumberType;
}

const STORAGES: Readonly<Record<string, string>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  ComplexFloatStorage: 'complex64',
  ComplexDoubleStorage: 'complex128',
};

/** `torch.half` and the like are other names of types. */
const TYPE_ALIASES: Readonly<Record<string, string>> = {
  ...{ float: 'float32', double: 'float64', half: 'float16' },
  ...{ long: 'int64', int: 'int32', short: 'int16', cfloat: 'complex64', cdouble: 'complex128' },
};

/** What is of no further use: a device, a number of NumPy's, … */
const opaque = (name: string): PickleGlobal => ({ name, call: () => null });

const noCall = (name: string) => (): never => {
  throw new UnreadableFile(`It calls \`${name}\`.`);
};

const listOf = (name: string, [values = []]: readonly Pickled[]): readonly Pickled[] => {
  if (Array.isArray(values)) return values;
  if (values instanceof Set) return [...values];
  throw new UnreadableFile(`It calls \`${name}\` with something else than a list.`);
};

const dict = (name: string): PickleGlobal => ({
  name,
  call([entries]) {
    if (entries instanceof Map) return new Map(entries);
    // `defaultdict(list)` names what missing entries would be.
    if (!Array.isArray(entries)) return new Map();
    return new Map(
      entries.map((entry: Pickled) => {
        if (!Array.isArray(entry) || entry.length !== 2)
          throw new UnreadableFile(`It calls \`${name}\` with something else than pairs.`);
        return [entry[0], entry[1]] as const;
      }),
    );
  },
});

const known = new Map<string, (name: string) => PickleGlobal>([
  ['collections.OrderedDict', dict],
  ['collections.defaultdict', dict],
  ['collections.Counter', dict],
  ['torch.Size', (name) => ({ name, call: (args) => [...listOf(name, args)] })],
  ['torch.device', opaque],
  ['torch._utils._rebuild_tensor', (name) => ({ name, call: (args) => tensorOf(name, args) })],
  ['torch._utils._rebuild_tensor_v2', (name) => ({ name, call: (args) => tensorOf(name, args) })],
  ['torch._utils._rebuild_tensor_v3', (name) => ({ name, call: (args) => tensorOf(name, args, args[6]) })],
  ...['torch._utils._rebuild_parameter', 'torch._utils._rebuild_parameter_with_state'].map(wrapped),
  ...['torch.nn.parameter.Parameter', 'torch.nn.parameter.Buffer', 'torch.Tensor'].map(wrapped),
  ...['torch._tensor._rebuild_from_type_v2', 'torch.tensor._rebuild_from_type_v2'].map(rebuilt),
  ['_codecs.encode', (name) => ({ name, call: ([text]) => text })],
  ...['numpy.core.multiarray.scalar', 'numpy._core.multiarray.scalar', 'numpy.dtype'].map(
    (name) => [name, opaque] as const,
  ),
  ...['builtins', '__builtin__'].flatMap((module) => [
    ...['set', 'frozenset'].map(
      (name) =>
        [
          `${module}.${name}`,
          (global: string) => ({ name: global, call: (args) => new Set(listOf(global, args)) }),
        ] as readonly [string, (name: string) => PickleGlobal],
    ),
    ...['list', 'tuple'].map(
      (name) =>
        [
          `${module}.${name}`,
          (global: string) => ({ name: global, call: (args) => [...listOf(global, args)] }),
        ] as readonly [string, (name: string) => PickleGlobal],
    ),
    [`${module}.dict`, dict] as const,
    ...['int', 'float', 'bool', 'str', 'complex', 'bytearray', 'slice'].map(
      (name) => [`${module}.${name}`, opaque] as const,
    ),
  ]),
]);

/** A tensor around another value, which is the first argument. */
function wrapped(name: string): readonly [string, (name: string) => PickleGlobal] {
  return [name, () => ({ name, call: ([value]) => expectTensor(name, value) })];
}

/** `_rebuild_from_type_v2(function, type, arguments, attributes)` */
function rebuilt(name: string): readonly [string, (name: string) => PickleGlobal] {
  return [
    name,
    () => ({
      name,
      call([make, , args]) {
        const { call } = (make ?? {}) as Partial<PickleGlobal>;
        if (typeof call !== 'function' || !Array.isArray(args))
          throw new UnreadableFile(`It calls \`${name}\` with other arguments than tensors have.`);
        return expectTensor(name, (make as PickleGlobal).call(args));
      },
    }),
  ];
}

function expectTensor(name: string, value: Pickled): PickledTensor {
  if (isTensor(value)) return value;
  throw new UnreadableFile(`It calls \`${name}\` with something else than a tensor.`);
}

/** What a pickle of PyTorch imports. @throws RefusedGlobal */
export function torchGlobal(module: string, name: string): PickleGlobal {
  const full = `${module}.${name}`;
  const found = known.get(full);
  if (found) return found(full);
  if (module === 'torch' || module === 'torch.storage') {
    const storage = Object.hasOwn(STORAGES, name) ? numberType(STORAGES[name]!) : undefined;
    const untyped = name === 'UntypedStorage' || name === '_UntypedStorage';
    if (storage || untyped) return storageType(full, storage ?? 'untyped');
    const numbers = numberType(TYPE_ALIASES[name] ?? name);
    if (module === 'torch' && numbers) return typeGlobal(full, numbers);
  }
  throw new RefusedGlobal(full);
}

const storageType = (name: string, storage: StorageType['storage']): StorageType => ({
  ...{ name, call: noCall(name), storage },
});

const typeGlobal = (name: string, numbers: NumberType): TypeGlobal => ({
  ...{ name, call: noCall(name), numbers },
});

/** Tensors have at most 64 axes in PyTorch, and weights of layers five. */
const MAX_AXES = 64;

const isIndex = (value: Pickled): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isIndices = (value: Pickled): value is readonly number[] =>
  Array.isArray(value) && value.length <= MAX_AXES && value.every(isIndex);

/** `_rebuild_tensor_v2(storage, offset, size, stride, …)` */
function tensorOf(
  name: string,
  [storage, offset, shape, strides]: readonly Pickled[],
  numbers?: Pickled,
): PickledTensor {
  if (!isStorage(storage)) throw new UnreadableFile(`It calls \`${name}\` without a storage.`);
  if (!isIndex(offset) || !isIndices(shape) || !isIndices(strides) || shape.length !== strides.length)
    throw new UnreadableFile('It has a tensor whose size, stride or offset is none.');
  const type = storage.type ?? (numbers as Partial<TypeGlobal> | undefined)?.numbers;
  if (!type) throw new UnreadableFile('It has a tensor without a type of numbers.');
  const tensor = { kind: 'tensor' as const, ...{ type, shape, strides, offset }, stored: storage };
  const [, end] = extentOf({ ...tensor, storage: NOTHING });
  const count = storage.type ? storage.count : storage.count / type.size;
  if (!(end <= count))
    throw new UnreadableFile(
      `It has a tensor that needs ${end} numbers of a storage of ${Math.floor(count)}.`,
    );
  return tensor;
}

const NOTHING: NumberStorage = { bytes: 0, fill: () => Promise.resolve() };

/** A whole network, pickled with its code's names. */
export class PickledModule extends UnreadableFile {}

/** `('storage', type, key, location, count, view)`, with which a pickle refers to numbers outside it. */
export function torchStorage(id: Pickled): KeyedStorage {
  if (!Array.isArray(id)) throw new UnreadableFile('It refers to something outside that is no storage.');
  const [kind, type, key, , count, view] = id as readonly Pickled[];
  if (kind === 'module') throw new PickledModule('It holds a whole module.');
  const storage = (type as Partial<StorageType> | null)?.storage;
  const name = typeof key === 'number' ? String(key) : key;
  if (kind !== 'storage' || !storage || typeof name !== 'string' || !isIndex(count))
    throw new UnreadableFile('It refers to something outside that is no storage.');
  const base = {
    ...{ kind: 'storage' as const, key: name },
    ...(storage === 'untyped' ? {} : { type: storage }),
  };
  if (!Array.isArray(view)) return { ...base, start: 0, count };
  const [, start, length] = view as readonly Pickled[];
  if (!isIndex(start) || !isIndex(length) || start + length > count)
    throw new UnreadableFile('It has a view that is larger than its storage.');
  return { ...base, start, count: length };
}
