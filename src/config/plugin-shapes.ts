import { z } from 'zod/v4';
import { describe, show } from '../schema/words.ts';

/** What the entries of a configuration's lists must have. */

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const HEX = /^#[0-9a-f]{6}$/i;
const MOST_COLORS = 256;

type Entry = Readonly<Record<string, unknown>>;
/** What is wrong with a value, to be said after its name; undefined where nothing is. */
type Rule = (value: unknown) => string | undefined;

const isOptional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined ? undefined : rule(value);
const must =
  (is: (value: unknown) => boolean, expected: string): Rule =>
  (value) =>
    is(value) ? undefined : `must be ${expected}, not ${describe(value)}`;

const isFunction = must((value) => typeof value === 'function', 'a function');
const isText = must((value) => typeof value === 'string' && value.trim() !== '', 'text');
const isName: Rule = (value) =>
  typeof value === 'string' && NAME.test(value)
    ? undefined
    : `must be a name of lower-case letters, digits and hyphens, not ${show(value)}`;
const isZodObject = must(
  (value) => value instanceof z.ZodObject,
  "an object schema made with Filterscope's `z`",
);

export const techniqueRules: Readonly<Record<string, Rule>> = {
  name: isName,
  version: must((value) => Number.isInteger(value) && (value as number) >= 1, 'a whole number from 1'),
  description: isText,
  settings: isZodObject,
  defaultId: isOptional(isFunction),
  defaultTitle: isOptional(isFunction),
  plan: isFunction,
  compute: isFunction,
  facts: isOptional((value) => {
    if (typeof value !== 'object' || value === null) return `must be an object, not ${describe(value)}`;
    const { schema, report } = value as Entry;
    const problem = isZodObject(schema);
    if (problem) return `has a \`schema\` that ${problem}`;
    return report === undefined || typeof report === 'function'
      ? undefined
      : 'has a `report` that must be a function';
  }),
};

export const colormapRules: Readonly<Record<string, Rule>> = {
  name: isName,
  colors: (value) =>
    Array.isArray(value) &&
    value.length >= 2 &&
    value.length <= MOST_COLORS &&
    value.every((color) => typeof color === 'string' && HEX.test(color))
      ? undefined
      : `must be a list of 2 to ${MOST_COLORS} colours as \`#rrggbb\``,
  diverging: isOptional(must((value) => typeof value === 'boolean', '`true` or `false`')),
};

export const presentationRules: Readonly<Record<string, Rule>> = {
  technique: isName,
  noun: isText,
};

/**
 * @param known whether other keys than those of the rules are refused
 * @returns what is wrong with one entry, as sentences that begin with its name
 */
export function entryProblems(
  name: string,
  entry: unknown,
  rules: Readonly<Record<string, Rule>>,
  known: boolean,
): string[] {
  if (typeof entry !== 'object' || entry === null)
    return [`\`${name}\` is ${describe(entry)}, not an object.`];
  const problems = Object.entries(rules).flatMap(([key, rule]) => {
    const value = (entry as Entry)[key];
    const problem = rule(value);
    if (problem === undefined) return [];
    return [value === undefined ? `\`${name}\` has no \`${key}\`.` : `\`${key}\` of \`${name}\` ${problem}.`];
  });
  const others = known ? Object.keys(entry).filter((key) => !(key in rules)) : [];
  return [...problems, ...others.map((key) => `${show(key)} is not a key of \`${name}\`.`)];
}
