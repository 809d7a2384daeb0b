import { z } from 'zod/v4';
import { UserError, type Problem } from '../errors.ts';
import { describe, didYouMean, nearestFirst, show } from '../schema/words.ts';
import type { FilterscopeConfig } from './define-config.ts';
import {
  colormapRules,
  entryProblems,
  formatRules,
  layerRules,
  presentationRules,
  techniqueRules,
} from './plugin-shapes.ts';

const LONGEST_TITLE = 200;

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';
const isFolder = (value: unknown): value is string => isText(value) && !value.includes('\0');

/** Names of folders between slashes: no query, no other host. */
const isBase = (value: unknown): value is string =>
  isText(value) && /^\/(?:[^/\\?#\s]+\/)*(?:[^/\\?#\s]+)?$/.test(value) && !/\/\.{1,2}(?:\/|$)/.test(value);

function isAddress(value: unknown): value is string {
  if (!isText(value) || !URL.canParse(value)) return false;
  const { protocol, search, hash, username } = new URL(value);
  return /^https?:$/.test(protocol) && search === '' && hash === '' && username === '';
}

const isTitle = (value: unknown): value is string =>
  isText(value) && value.length <= LONGEST_TITLE && !/[\p{Cc}\u2028\u2029]/u.test(value);

const FOLDER = 'the path of a folder, relative to the project or absolute';

const list = z.custom<readonly unknown[]>(Array.isArray, { error: 'a list' }).optional();

/** What each key must be, as it stands in messages. The schema of a new key is one entry more. */
const keys = {
  title: key(isTitle, `one line of text, at most ${LONGEST_TITLE} characters`),
  base: key(isBase, 'a path that begins with a slash, for example `/team/gallery/`'),
  url: key(isAddress, 'an address of http or https, for example `https://example.org/gallery/`'),
  experiments: key(isFolder, FOLDER),
  content: key(isFolder, FOLDER),
  out: key(isFolder, FOLDER),
  cache: key(isFolder, FOLDER),
  store: key(isFolder, 'a folder, or an address `s3://bucket/prefix`'),
  techniques: list,
  layers: list,
  formats: list,
  colormaps: list,
  presentations: list,
} as const;

const configSchema = z.strictObject(keys);

/** What the entries of each list must be. */
const lists = {
  techniques: { rules: techniqueRules, closed: true },
  layers: { rules: layerRules, closed: true },
  formats: { rules: formatRules, closed: true },
  colormaps: { rules: colormapRules, closed: true },
  presentations: { rules: presentationRules, closed: false },
} as const;

function key(is: (value: unknown) => value is string, expected: string) {
  return z.custom<string>(is, { error: expected }).optional();
}

/**
 * @param value what the file exports
 * @param file the file as it stands in messages
 * @throws UserError with every problem of the file
 */
export function parseConfig(value: unknown, file: string): FilterscopeConfig {
  const place = { file };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UserError({
      what: `The default export is ${describe(value)}, not an object.`,
      place,
      hint: 'Write `export default { title: "My networks" };`.',
      choices: Object.keys(keys),
    });
  }
  const result = configSchema.safeParse(value);
  if (result.success) {
    const problems = Object.entries(lists).flatMap(([name, { rules, closed }]) =>
      (result.data[name as keyof typeof lists] ?? []).flatMap((entry, index) =>
        entryProblems(`${name}[${index}]`, entry, rules, closed),
      ),
    );
    if (problems.length > 0) throw new UserError(problems.map((what) => ({ what, place })));
    return result.data as FilterscopeConfig;
  }
  throw new UserError(
    result.error.issues.flatMap((issue): Problem[] => {
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((name) => ({
          what: `${show(name)} is not a key of the configuration.`,
          place,
          ...didYouMean(name, Object.keys(keys)),
          choices: nearestFirst(name, Object.keys(keys)),
        }));
      }
      const name = String(issue.path[0]);
      const given = (value as Readonly<Record<string, unknown>>)[name];
      return [
        { what: `\`${name}\` is ${describe(given)}.`, place, hint: `\`${name}\` must be ${issue.message}.` },
      ];
    }),
  );
}
