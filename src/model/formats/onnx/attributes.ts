import type { Constant } from './constant.ts';
import { constant, integers } from './constant.ts';
import type { ExternalFiles } from './external-data.ts';
import { FoldError } from './fold-error.ts';
import type { AttributeProto, GraphProto } from './onnx-schema.ts';
import { readSparseTensor, readTensor } from './tensors.ts';

const decoder = new TextDecoder();

/** ONNX' numbers of what an attribute may hold. */
const TYPES = { FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, GRAPH: 5, FLOATS: 6, INTS: 7 } as const;

/** A node's attributes by name, each with its type and default. Notes which ones were asked for. */
export class Attributes {
  readonly #byName: ReadonlyMap<string, AttributeProto>;
  readonly #external: ExternalFiles;
  readonly #read = new Set<string>();

  constructor(attributes: readonly AttributeProto[], external: ExternalFiles) {
    this.#byName = new Map(attributes.map((attribute) => [attribute.name, attribute]));
    this.#external = external;
  }

  /** @throws FoldError where it holds something else: read as the default, it would make another network */
  #get(name: string, type: keyof typeof TYPES): AttributeProto | undefined {
    this.#read.add(name);
    const found = this.#byName.get(name);
    // Old files leave the type open.
    if (!found || found.type === 0 || found.type === TYPES[type]) return found;
    throw new FoldError(`its attribute \`${name}\` must be of the type ${type}`);
  }

  has(name: string): boolean {
    this.#read.add(name);
    return this.#byName.has(name);
  }

  integer<D extends number | undefined>(name: string, fallback: D): number | D {
    const found = this.#get(name, 'INT');
    return found ? Number(found.i) : fallback;
  }

  integers<D extends readonly number[] | undefined>(name: string, fallback: D): readonly number[] | D {
    const found = this.#get(name, 'INTS');
    return found ? found.ints.map(Number) : fallback;
  }

  float<D extends number | undefined>(name: string, fallback: D): number | D {
    const found = this.#get(name, 'FLOAT');
    return found ? found.f : fallback;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#get(name, 'FLOATS')?.floats;
  }

  text(name: string, fallback: string): string {
    const found = this.#get(name, 'STRING');
    return found ? decoder.decode(found.s) : fallback;
  }

  /** @throws FoldError where the text is none of the choices */
  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.text(name, fallback);
    const found = choices.find((one) => one === text);
    if (found !== undefined) return found;
    throw new FoldError(`\`${name}\` "${text.slice(0, 60)}" is not supported: only ${choices.join(', ')}`);
  }

  graph(name: string): GraphProto | undefined {
    return this.#get(name, 'GRAPH')?.g;
  }

  tensor(name: string): Constant | undefined {
    const found = this.#get(name, 'TENSOR')?.t;
    return found && readTensor(found, this.#external);
  }

  /** What a Constant node holds, in whichever attribute. */
  value(): Constant {
    const found = [...this.#byName.values()][0];
    switch (found?.name) {
      case 'value':
        return this.tensor('value') ?? constant([], 'float', Float32Array.of(0));
      case 'value_int':
        return constant([], 'int', Float64Array.of(Number(found.i)));
      case 'value_ints':
        return integers(found.ints.map(Number));
      case 'value_float':
        return constant([], 'float', Float32Array.of(found.f));
      case 'value_floats':
        return constant([found.floats.length], 'float', Float32Array.from(found.floats));
      case 'sparse_value':
        if (found.sparseTensor) return readSparseTensor(found.sparseTensor, this.#external);
    }
    throw new FoldError('it holds a value that is not supported: only arrays of numbers');
  }

  /** Refuses attributes that were not read. @throws FoldError naming them */
  finish(): void {
    const left = [...this.#byName.keys()].filter((name) => !this.#read.has(name));
    if (left.length) throw new FoldError(`the attribute \`${left[0]!}\` is not supported`);
  }
}
