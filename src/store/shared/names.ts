/**
 * Names of entries in a shared store: those of the cache, with two digits of the key as one more folder, since a folder of a million
 * files is slow to list, and buckets divide their load by prefixes.
 *
 *     raw/<ab>/<abcdef…>.bin
 *     partial/<ab>/<image>/<layer>-<finding>.bin
 *     records/<kind>/<ab>/<key>.json
 *     assets/<ab>/<hash>.<ext>
 *     inputs/<ab>/<sha256>     images and models that jobs are computed from
 *     running/<owner>.json     who uses the store
 */

/** Folders of the cache that are shared, and what lies in them. Anything else is refused: names come from records, too. */
const SHARED = {
  raw: /^[0-9a-z]+\.bin$/,
  partial: /^[0-9a-z]+\/[0-9a-z]+-[0-9a-z]+\.bin$/,
  records: /^[a-z-]+\/[0-9a-z]+\.json$/,
  assets: /^[0-9a-f]{24}\.[a-z0-9]+$/,
} as const;

export type SharedFolder = keyof typeof SHARED;
export const SHARED_FOLDERS = Object.keys(SHARED) as readonly SharedFolder[];

/** Kinds of records that mean the same on every machine. Others are of this one: its files, its folders, its speed. */
const SHARED_RECORDS = new Set(['backend', 'drawing', 'figure', 'image', 'job', 'sheet', 'weights']);

export const isSharedRecord = (kind: string): boolean => SHARED_RECORDS.has(kind);

/** Undefined where an entry of the cache has no place in a shared store. @param name path in the cache folder */
export function sharedName(name: string): string | undefined {
  const slash = name.indexOf('/');
  const folder = name.slice(0, slash);
  const rest = name.slice(slash + 1);
  if (!Object.hasOwn(SHARED, folder) || !SHARED[folder as SharedFolder].test(rest)) return undefined;
  if (folder !== 'records') return `${folder}/${rest.slice(0, 2)}/${rest}`;
  const [kind, key] = rest.split('/') as [string, string];
  return isSharedRecord(kind) ? `records/${kind}/${key.slice(0, 2)}/${key}` : undefined;
}

/** The entry of the cache that an object is; undefined where it is something else. */
export function cacheName(name: string): string | undefined {
  const steps = name.split('/');
  steps.splice(steps[0] === 'records' ? 2 : 1, 1);
  const entry = steps.join('/');
  return sharedName(entry) === name ? entry : undefined;
}

/** @param sha256 64 hexadecimal digits */
export function inputName(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`Not a SHA-256: ${sha256.slice(0, 80)}`);
  return `inputs/${sha256.slice(0, 2)}/${sha256}`;
}

export const isInputName = (name: string): boolean => /^inputs\/([0-9a-f]{2})\/\1[0-9a-f]{62}$/.test(name);
