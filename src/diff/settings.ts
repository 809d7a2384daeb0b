import { parted, relativeDifference } from './difference.ts';

/** A setting that two experiments have otherwise; absent where one lacks it. */
export interface ChangedSetting {
  /** Keys and ids from the top: `views.maps.filters`. */
  readonly path: string;
  readonly a?: unknown;
  readonly b?: unknown;
}

/** Compares JSON key by key; lists of views and layers by their names, so that one more in front changes nothing else. */
export function diffSettings(a: unknown, b: unknown, path = ''): readonly ChangedSetting[] {
  const [left, right] = [byKey(a), byKey(b)];
  if (!left || !right) return relativeDifference(a, b) === 0 ? [] : [setting(path, a, b)];
  const { onlyA, onlyB, both } = parted(left.keys(), right.keys());
  const inner = (key: string): string => (path === '' ? key : `${path}.${key}`);
  return [
    ...both.flatMap((key) => diffSettings(left.get(key), right.get(key), inner(key))),
    ...onlyA.map((key) => setting(inner(key), left.get(key), undefined)),
    ...onlyB.map((key) => setting(inner(key), undefined, right.get(key))),
  ];
}

const setting = (path: string, a: unknown, b: unknown): ChangedSetting => ({
  path,
  ...(a === undefined ? {} : { a }),
  ...(b === undefined ? {} : { b }),
});

/** Of a view or a layer. */
function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name } = value as Readonly<Record<string, unknown>>;
  const found = id ?? name;
  return typeof found === 'string' ? found : undefined;
}

/** Undefined for what has no keys: numbers, text, and lists of those. */
function byKey(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value).filter(([, one]) => one !== undefined));
  const ids = value.map(nameOf);
  return ids.every((id) => id !== undefined) && new Set(ids).size === ids.length && ids.length > 0
    ? new Map(ids.map((id, i) => [id!, value[i] as unknown]))
    : undefined;
}
