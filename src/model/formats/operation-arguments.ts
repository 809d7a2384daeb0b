import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { show } from '../layers/config-reader.ts';
import { plainValue } from '../layers/plain-value.ts';
import type { Reference } from './keras-inbound.ts';
import { reference, referenceOf } from './keras-inbound.ts';

export interface OperationCall {
  /** Name of the layer in the file. */
  readonly name: string;
  /** As messages name the operation: `TFOpLambda tf.math.add`. */
  readonly operation: string;
  readonly library: 'keras' | 'tensorflow';
  readonly positional: readonly unknown[];
  readonly keywords: Readonly<Record<string, unknown>>;
  readonly place: Place;
}

/** Arguments that change no value. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['name', 'conjugate', 'training', 'dtype']);

/** What an operation is called with, noting which arguments were asked for: `finish` refuses the others by name. */
export class OperationArguments {
  readonly #call: OperationCall;
  readonly #read = new Set<string | number>();

  constructor(call: OperationCall) {
    this.#call = call;
  }

  get library(): OperationCall['library'] {
    return this.#call.library;
  }

  /** An argument by its position or by any of its names, without the wrappings around numbers and lists. */
  value(position: number | undefined, ...names: readonly string[]): unknown {
    const { positional, keywords } = this.#call;
    for (const name of names) this.#read.add(name);
    const name = names.find((one) => Object.hasOwn(keywords, one));
    if (position !== undefined && position < positional.length) {
      this.#read.add(position);
      return unwrapped(positional[position]);
    }
    return name === undefined ? undefined : unwrapped(keywords[name]);
  }

  /** The layer output that an argument stands for; undefined where it is something else. */
  tensor(value: unknown): Reference | undefined {
    return referenceOf(value);
  }

  /** One layer output, or a list of them. */
  tensors(value: unknown): readonly Reference[] {
    const single = this.tensor(value);
    if (single) return [single];
    const list = Array.isArray(value) ? (value as unknown[]).map(referenceOf) : [undefined];
    if (list.includes(undefined)) return this.fail(`the output of a layer as its input: ${show(value)}`);
    return list as Reference[];
  }

  only(allowed: unknown, value: unknown, name: string): void {
    if (value === undefined || value === null || value === allowed) return;
    this.fail(`\`${name}\` ${show(allowed)}: it is ${show(value)}`);
  }

  show(value: unknown): string {
    return show(value);
  }

  /** @throws UserError for an argument that was not read */
  finish(): void {
    const { positional, keywords } = this.#call;
    for (const [position, value] of positional.entries()) {
      if (!this.#read.has(position) && value !== null)
        this.fail(`no argument ${position + 1}: ${show(value)}`);
    }
    for (const [key, value] of Object.entries(keywords)) {
      if (this.#read.has(key) || WITHOUT_EFFECT.has(key) || value === null || value === undefined) continue;
      if (key === 'data_format' && (value === 'NHWC' || value === 'channels_last')) continue;
      this.fail(`no \`${key}\`: it is ${show(reference(value) ? 'the output of another layer' : value)}`);
    }
  }

  /** @param needed what the operation needs, as a noun with its value behind a colon */
  fail(needed: string): never {
    throw new UserError({
      what: `Layer \`${this.#call.name}\` (${this.#call.operation}) cannot be read.`,
      place: this.#call.place,
      why: `This operation is supported with ${needed}.`,
      hint: 'Use one of the layers that Keras has for it, and save the model again.',
    });
  }
}

/** Layer outputs as they are: to `plainValue` they would look like lists. */
function unwrapped(value: unknown): unknown {
  return referenceOf(value)
    ? value
    : Array.isArray(value)
      ? (value as unknown[]).map(unwrapped)
      : plainValue(value);
}
