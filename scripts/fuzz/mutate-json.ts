/** Damage to JSON that stays JSON: another value, key or part where one is. */
import type { Random } from './random.ts';

const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    2,
    0.5,
    1e9,
    -1e9,
    2 ** 31,
    2 ** 53,
    1e300,
    '',
    'a',
    '__proto__',
    'constructor',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    [1, 2],
    [-1, 0],
    [1e9, 1e9],
    { a: 1 },
    { class_name: 'Dense' },
    'x'.repeat(10_000),
  ],
  ...['valid', 'same', 'channels_first', 'relu', 'float16', 'Functional', '\u001b[31m', 'a/b', '../a', 'NaN'],
];

type Container = Record<string, unknown> | unknown[];
interface Slot {
  readonly inside: Container;
  readonly key: string;
}

/** @param json parsed, and changed in place; the result may be another value altogether */
export function mutateJson(json: unknown, random: Random): unknown {
  const whole = { json };
  for (let left = 1 + random.below(3); left > 0; left--) {
    const slots = slotsOf(whole);
    const { inside, key } = random.pick(slots);
    const other = random.pick(slots);
    const values = inside as Record<string, unknown>;
    switch (random.below(6)) {
      case 0:
        if (Array.isArray(inside)) inside.splice(Number(key), 1);
        else Reflect.deleteProperty(inside, key);
        break;
      case 1:
        values[key] = structuredClone((other.inside as Record<string, unknown>)[other.key]);
        break;
      case 2:
        if (Array.isArray(inside)) inside.push(...(structuredClone(inside) as unknown[]).slice(0, 50));
        else values[`${key}${random.below(10)}`] = values[key];
        break;
      case 3:
        if (typeof values[key] === 'number') values[key] = values[key] * random.pick([-1, 0, 2, 1000, 0.1]);
        else values[key] = random.pick(VALUES);
        break;
      default:
        values[key] = structuredClone(random.pick(VALUES));
    }
  }
  return whole.json;
}

function slotsOf(whole: Container): readonly Slot[] {
  const slots: Slot[] = [];
  const waiting: Container[] = [whole];
  for (let inside = waiting.pop(); inside && slots.length < 20_000; inside = waiting.pop()) {
    for (const [key, value] of Object.entries(inside)) {
      slots.push({ inside, key });
      if (typeof value === 'object' && value !== null) waiting.push(value as Container);
    }
  }
  // The slot of the whole alone is left where everything in it was deleted.
  return slots.length > 0 ? slots : [{ inside: whole, key: 'json' }];
}
