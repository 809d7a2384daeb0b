import type { Place, Problem } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import type { ActivationFunction } from './activation-functions.ts';
import { activationName, activationNames } from './activation-functions.ts';
import type { Pair } from './layer-type.ts';

type Config = Readonly<Record<string, unknown>>;

/** Reads a layer's options, each with its type and range; every error names the layer, its type and the option. */
export class ConfigReader {
  readonly #config: Config;
  readonly #layer: string;
  readonly #type: string;
  readonly #place: Place | undefined;

  constructor(config: Config, layer: string, type: string, place: Place | undefined) {
    this.#config = config;
    this.#layer = layer;
    this.#type = type;
    this.#place = place;
  }

  /** Throws a problem of this layer. */
  fail(what: string, more: Omit<Problem, 'what' | 'place'> = {}): never {
    throw new UserError({
      what: `layer "${this.#layer}" (${this.#type}): ${what}`,
      place: this.#place,
      ...more,
    });
  }

  raw(key: string): unknown {
    return Object.hasOwn(this.#config, key) ? this.#config[key] : undefined;
  }

  integer(key: string, fallback?: number, min = 1): number {
    const value = this.raw(key) ?? fallback;
    if (isCount(value, min)) return value;
    return this.fail(`${key} is ${show(value)}`, { why: `It must be a whole number of at least ${min}.` });
  }

  number(key: string, fallback: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return this.fail(`${key} is ${show(value)}`, { why: 'It must be a finite number.' });
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    return this.fail(`${key} is ${show(value)}`, { why: 'It must be true or false.' });
  }

  choice<T extends string>(key: string, choices: readonly T[], fallback: T): T {
    const value = this.raw(key) ?? fallback;
    const found = choices.find((choice) => choice === value);
    return found ?? this.fail(`${key} ${show(value)} is not supported`, { choices });
  }

  /** One number for both directions, or [vertical, horizontal]. */
  pair(key: string, fallback?: Pair, min = 1): Pair {
    const value = this.raw(key) ?? fallback;
    const both = Array.isArray(value) ? (value as unknown[]) : [value, value];
    const [vertical, horizontal] = both;
    if (both.length === 2 && isCount(vertical, min) && isCount(horizontal, min))
      return [vertical, horizontal];
    return this.fail(`${key} is ${show(value)}`, {
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
    return this.fail(`${key} is ${show(value)}`, { why: 'It must be [[top, bottom], [left, right]].' });
  }

  /** Refuses an option that this project does not carry out; null, undefined and `allowed` pass. */
  only(key: string, allowed: unknown): void {
    const value = this.raw(key) ?? allowed;
    if (JSON.stringify(value) === JSON.stringify(allowed)) return;
    this.fail(`${key} ${show(value)} is not supported`, {
      choices: [allowed === null ? 'none' : show(allowed)],
    });
  }

  channelsLast(): void {
    if (this.raw('data_format') !== 'channels_first') return;
    this.fail('data_format "channels_first" is not supported', {
      hint: 'Save the model with data_format "channels_last", which is what Keras does by default.',
    });
  }

  /** The nonlinearity under `key`: a name, or a serialized activation layer. */
  activation(key = 'activation'): ActivationFunction {
    const value = this.raw(key) ?? 'linear';
    if (typeof value === 'string') return this.#namedActivation(key, value, {});
    if (isRecord(value) && typeof value['class_name'] === 'string') {
      const { class_name: type, config } = value;
      const inner = isRecord(config) ? config : {};
      if (type === 'function' && typeof config === 'string') return this.#namedActivation(key, config, {});
      const known = Object.hasOwn(activationLayers, type) ? activationLayers[type] : undefined;
      if (known) return { name: known, parameters: numbersOf(inner) };
      return this.#namedActivation(key, type, {});
    }
    return this.fail(`${key} is ${show(value)}`, { choices: activationNames });
  }

  #namedActivation(
    key: string,
    name: string,
    parameters: Readonly<Record<string, number>>,
  ): ActivationFunction {
    const known = activationName(name);
    if (!known) {
      this.fail(`${key} ${show(name)} is not supported`, {
        why: 'Code in model files is never run, so custom activation functions cannot be used.',
        choices: activationNames,
      });
    }
    // Keras 2 had a steeper hard sigmoid; its configs are marked by the reader of the file.
    const slope = this.raw('hard_sigmoid_slope');
    if (typeof slope === 'number' && known.startsWith('hard_')) return { name: known, parameters: { slope } };
    return { name: known, parameters };
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
        return this.fail(`${key} is ${show(value)}`, {
          why: `Its input has ${rank} axes, the batch among them.`,
        });
      }
      return axis < 0 ? axis + rank : axis;
    });
  }
}

const activationLayers: Readonly<Record<string, ActivationFunction['name']>> = {
  ReLU: 'relu',
  LeakyReLU: 'leaky_relu',
  ELU: 'elu',
  Softmax: 'softmax',
};

function numbersOf(config: Config): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(config).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
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

export function isRecord(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as it may stand in a message: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
