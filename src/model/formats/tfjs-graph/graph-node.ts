import type { Place, Problem } from '../../../errors.ts';
import { UserError } from '../../../errors.ts';
import { show } from '../../layers/config-reader.ts';
import { isRecord } from '../../layers/plain-value.ts';

type Json = Readonly<Record<string, unknown>>;

/** One output of a node: `name` alone is output 0, `name:1` the next. */
export interface OutputName {
  readonly node: string;
  readonly output: number;
}

/** A node of a TensorFlow graph in JSON: protobuf's own form, in which whole numbers may be texts and texts base64. */
export class GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly OutputName[];
  readonly place: Place;
  readonly #attributes: Json;

  constructor(value: unknown, place: Place) {
    const { name, op, input, attr } = isRecord(value) ? value : ({} as Json);
    if (typeof name !== 'string' || !name || name.length > 1000 || typeof op !== 'string')
      throw new UserError({ what: 'Unsupported graph: a node has no `name` or no `op`.', place });
    this.name = name;
    this.op = op;
    this.place = place;
    this.#attributes = isRecord(attr) ? attr : {};
    const inputs = Array.isArray(input) ? (input as unknown[]) : [];
    // A name after ^ only says what is to be run before.
    this.inputs = inputs.flatMap((one) =>
      typeof one === 'string' && !one.startsWith('^') ? outputName(one) : [],
    );
  }

  /** @param what a clause without a full stop */
  fail(what: string, more: Omit<Problem, 'what' | 'place'> = {}): never {
    throw new UserError({
      what: `Node \`${this.name}\` (${show(this.op).slice(1, -1)}): ${what}.`,
      place: this.place,
      ...more,
    });
  }

  #value(key: string, kinds: readonly string[]): unknown {
    const value = Object.hasOwn(this.#attributes, key) ? this.#attributes[key] : undefined;
    return isRecord(value) ? kinds.map((kind) => value[kind]).find((one) => one !== undefined) : undefined;
  }

  number(key: string, fallback: number): number {
    const value = this.#value(key, ['f', 'i']) ?? fallback;
    const number = typeof value === 'string' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number)
      ? number
      : this.fail(`\`${key}\` is ${show(value)}`);
  }

  boolean(key: string): boolean {
    return this.#value(key, ['b']) === true;
  }

  text(key: string, fallback: string): string {
    const value = this.#value(key, ['s', 'type']) ?? fallback;
    return typeof value === 'string' ? decoded(value) : this.fail(`\`${key}\` is ${show(value)}`);
  }

  integers(key: string): readonly number[] {
    const list = this.#value(key, ['list']);
    const values = isRecord(list) && Array.isArray(list['i']) ? (list['i'] as unknown[]).map(Number) : [];
    return values.every(Number.isSafeInteger) ? values : this.fail(`\`${key}\` is ${show(values)}`);
  }

  texts(key: string): readonly string[] {
    const list = this.#value(key, ['list']);
    const values = isRecord(list) && Array.isArray(list['s']) ? (list['s'] as unknown[]) : [];
    return values.map((value) => decoded(String(value)));
  }

  /** Sizes of a placeholder; -1 where any is taken. Undefined where nothing is said of them. */
  shape(key: string): readonly number[] | undefined {
    return shapeOf(this.#value(key, ['shape']));
  }

  /** TensorFlow's order of axes alone: images as rows, columns, channels. */
  channelsLast(): void {
    const format = this.text('data_format', 'NHWC');
    if (format === 'NHWC') return;
    this.fail(`\`data_format\` ${show(format)} is not supported`, {
      hint: 'Convert a model that was built with channels_last.',
    });
  }
}

/** `{dim: [{size: "-1"}, …]}` */
export function shapeOf(value: unknown): readonly number[] | undefined {
  if (!isRecord(value) || !Array.isArray(value['dim'])) return undefined;
  return (value['dim'] as unknown[]).map((one) => Number(isRecord(one) ? (one['size'] ?? 0) : NaN));
}

export function outputName(text: string): OutputName {
  const [, node, output] = /^(.*?)(?::(\d+))?$/s.exec(text)!;
  return { node: node!, output: Number(output ?? 0) };
}

/** Names of TensorFlow's own are in base64, unless a tool wrote them as they are. */
function decoded(text: string): string {
  const bytes = Buffer.from(text, 'base64');
  const plain = bytes.toString('latin1');
  return bytes.toString('base64') === text && /^[\w ]+$/.test(plain) ? plain : text;
}
