import type { Place, Problem } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import type { Dialect } from '../network.ts';
import type { Pair } from './basic-types.ts';
import { reasonWithoutEffect } from './no-effect.ts';
import { isRecord, plainValue } from './plain-value.ts';

type Config = Readonly<Record<string, unknown>>;

/** What a layer is, beside its options. */
export interface ReaderContext {
  readonly layer: string;
  readonly type: string;
  readonly dialect: Dialect;
  readonly place: Place | undefined;
}

/**
 * Reads a layer's options, each with its type and range; every error names the layer, its type and the option. It notes which
 * ones were read: `finish` refuses those that were not read and are not known to change nothing.
 */
export class ConfigReader {
  readonly #config: Config;
  readonly #context: ReaderContext;
  readonly #read = new Set<string>();

  constructor(config: Config, context: ReaderContext) {
    this.#config = config;
    this.#context = context;
  }

  /** Which library's meaning the options have. */
  get dialect(): Dialect {
    return this.#context.dialect;
  }

  /** A reader of a layer in this one, which `what` names in errors. */
  inner(what: string, config: Config): ConfigReader {
    return new ConfigReader(config, { ...this.#context, type: `${this.#context.type}, ${what}` });
  }

  /** To be called once all options are read. @param identity whether the layer hands its input on as it is */
  finish(identity = false): void {
    this.#checkDtype();
    for (const [option, value] of Object.entries(this.#config)) {
      if (this.#read.has(option) || value === null || value === undefined) continue;
      if (reasonWithoutEffect(option, identity) !== undefined) continue;
      this.fail(`\`${option}\` ${show(value)} is not supported`, {
        hint: `Save the model without \`${option}\` in this layer.`,
      });
    }
  }

  /** Every float type is computed in float32; whole numbers would have to be rounded, quantized weights to be scaled. */
  #checkDtype(): void {
    const value = this.raw('dtype') ?? 'float32';
    const policy = isRecord(value) ? value : { config: { name: value } };
    const config = isRecord(policy['config']) ? policy['config'] : {};
    const quantized = String(policy['class_name'] ?? '').startsWith('Quantized') || 'mode' in config;
    const name = quantized ? (config['mode'] ?? 'quantized') : config['name'];
    if (!quantized && /^(mixed_)?b?float(16|32|64)$/.test(String(name))) return;
    this.fail(`\`dtype\` ${show(name)} is not supported`, {
      why: quantized ? 'Quantized weights are not supported.' : 'Only floating-point types are supported.',
      hint: 'Save the model with `dtype="float32"`.',
    });
  }

  /** Throws a problem of this layer. @param what a clause without a full stop */
  fail(what: string, more: Omit<Problem, 'what' | 'place'> = {}): never {
    throw new UserError({
      what: `Layer \`${this.#context.layer}\` (${this.#context.type}): ${what}.`,
      place: this.#context.place,
      ...more,
    });
  }

  /** Without the wrappings that Keras writes around numbers and lists. */
  raw(key: string): unknown {
    this.#read.add(key);
    return Object.hasOwn(this.#config, key) ? plainValue(this.#config[key]) : undefined;
  }

  integer(key: string, fallback?: number, min = 1): number {
    const value = this.raw(key) ?? fallback;
    if (isCount(value, min)) return value;
    return this.fail(`\`${key}\` is ${show(value)}`, {
      why: `It must be a whole number of at least ${min}.`,
    });
  }

  number(key: string, fallback: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return this.fail(`\`${key}\` is ${show(value)}`, { why: 'It must be a finite number.' });
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    return this.fail(`\`${key}\` is ${show(value)}`, { why: 'It must be true or false.' });
  }

  choice<T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const value = this.raw(key) ?? fallback;
    const found = choices.find((choice) => choice === value);
    return found ?? this.fail(`\`${key}\` ${show(value)} is not supported`, { choices });
  }

  /** One number for both directions, or [vertical, horizontal]. */
  pair(key: string, fallback?: Pair, min = 1): Pair {
    const value = this.raw(key) ?? fallback;
    const both = Array.isArray(value) ? (value as unknown[]) : [value, value];
    const [vertical, horizontal] = both;
    if (both.length === 2 && isCount(vertical, min) && isCount(horizontal, min))
      return [vertical, horizontal];
    return this.fail(`\`${key}\` is ${show(value)}`, {
      why: `It must be a whole number of at least ${min}, or two of them: vertical, horizontal.`,
    });
  }

  /** [[top, bottom], [left, right]], from any of the three forms Keras writes. */
  margins(key: string): readonly [Pair, Pair] {
    const value = this.raw(key);
    const sides = Array.isArray(value) ? (value as unknown[]) : [value, value];
    const both = sides.map((side) => (Array.isArray(side) ? (side as unknown[]) : [side, side]));
    const flat = both.flat();
    if (both.length === 2 && flat.length === 4 && flat.every((n) => isCount(n, 0))) {
      const [top, bottom, left, right] = flat as [number, number, number, number];
      return [
        [top, bottom],
        [left, right],
      ];
    }
    return this.fail(`\`${key}\` is ${show(value)}`, { why: 'It must be [[top, bottom], [left, right]].' });
  }

  /** Refuses an option that this project does not carry out; null, undefined and `allowed` pass. */
  only(key: string, allowed: unknown): void {
    const value = this.raw(key) ?? allowed;
    if (JSON.stringify(value) === JSON.stringify(allowed)) return;
    this.fail(`\`${key}\` ${show(value)} is not supported`, {
      choices: [allowed === null ? 'none' : show(allowed)],
    });
  }

  channelsLast(): void {
    if (this.choice('data_format', ['channels_last', 'channels_first'], 'channels_last') === 'channels_last')
      return;
    this.fail('`data_format` "channels_first" is not supported', {
      hint: 'Save the model with `data_format="channels_last"`, which is the default of Keras.',
    });
  }

  /** Keras' snake_case name of an initializer; `fallback` where the file names none that is known. */
  initializer(key: string, fallback: string): string {
    const value = this.raw(key);
    const name = isRecord(value) ? value['class_name'] : value;
    return typeof name === 'string' ? snakeCase(name) : fallback;
  }

  /** Axis numbers counted from the batch axis (0), negatives resolved. */
  axes(key: string, fallback: number, rank: number): readonly number[] {
    const value = this.raw(key) ?? fallback;
    const list = Array.isArray(value) ? (value as unknown[]) : [value];
    return list.map((axis) => {
      if (typeof axis !== 'number' || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
        return this.fail(`\`${key}\` is ${show(value)}`, {
          why: `The input has ${rank} axes, including the batch axis.`,
        });
      }
      return axis < 0 ? axis + rank : axis;
    });
  }
}

export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function isCount(value: unknown, min: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= 2 ** 31;
}

/** A value as it may stand in a message: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
