import { z } from 'zod/v4';
import { LAYER_KINDS } from '../schema/report.ts';
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

function viewFactsProblem(view: unknown): string | undefined {
  if (typeof view !== 'object' || view === null)
    return `has a \`view\` that must be an object, not ${describe(view)}`;
  const { schema, of } = view as Entry;
  const problem = isZodObject(schema);
  if (problem) return `has a \`view\` whose \`schema\` ${problem}`;
  return typeof of === 'function' ? undefined : 'has a `view` whose `of` must be a function';
}

export const techniqueRules: Readonly<Record<string, Rule>> = {
  name: isName,
  version: must((value) => Number.isInteger(value) && (value as number) >= 1, 'a whole number from 1'),
  description: isText,
  settings: isZodObject,
  defaultId: isOptional(isFunction),
  defaultTitle: isOptional(isFunction),
  plan: isFunction,
  passes: isOptional(isFunction),
  scan: isOptional(isFunction),
  compute: isFunction,
  facts: isOptional((value) => {
    if (typeof value !== 'object' || value === null) return `must be an object, not ${describe(value)}`;
    const { schema, report, label, view } = value as Entry;
    const problem = isZodObject(schema);
    if (problem) return `has a \`schema\` that ${problem}`;
    for (const [name, hook] of Object.entries({ report, label }))
      if (hook !== undefined && typeof hook !== 'function')
        return `has a \`${name}\` that must be a function`;
    return view === undefined ? undefined : viewFactsProblem(view);
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

const isTypeName: Rule = (value) =>
  typeof value === 'string' && /^[A-Za-z][\w.>]{0,99}$/.test(value)
    ? undefined
    : `must be a class name, such as \`MyLayer\`, not ${show(value)}`;
const areTexts =
  (pattern: RegExp, expected: string): Rule =>
  (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string' && pattern.test(each))
      ? undefined
      : `must be a list of ${expected}`;

export const layerRules: Readonly<Record<string, Rule>> = {
  name: isTypeName,
  aliases: isOptional(areTexts(/^[A-Za-z][\w.>]*$/, 'class names')),
  kind: must(
    (value) => (LAYER_KINDS as readonly unknown[]).includes(value),
    `one of ${LAYER_KINDS.map((kind) => `\`${kind}\``).join(', ')}`,
  ),
  keepsChannels: isOptional(must((value) => value === true, '`true`')),
  rearranges: isOptional(must((value) => value === true, '`true`')),
  scalesPixels: isOptional(must((value) => value === true, '`true`')),
  identity: isOptional(must((value) => value === true, '`true`')),
  build: isFunction,
  inline: isOptional((value) => {
    if (typeof value !== 'object' || value === null) return `must be an object, not ${describe(value)}`;
    const { name, description, settings, config } = value as Entry;
    const problem = (key: string, found: string | undefined) => found && `has a \`${key}\` that ${found}`;
    return (
      problem(
        'name',
        typeof name === 'string' && /^[a-z]\w*$/.test(name) ? undefined : 'must be a name as `my_layer`',
      ) ??
      problem('description', isText(description)) ??
      problem('settings', isZodObject(settings)) ??
      problem('config', isFunction(config))
    );
  }),
};

export const formatRules: Readonly<Record<string, Rule>> = {
  name: isName,
  endings: (value) =>
    Array.isArray(value) && value.length > 0
      ? areTexts(/^\.[a-z0-9]+$/, 'endings in lower case, such as `.own`')(value)
      : 'must be a list of endings, such as `.own`',
  example: isText,
  saving: isText,
  open: isFunction,
  weights: isOptional((value) =>
    typeof value === 'object' && value !== null ? undefined : `must be an object, not ${describe(value)}`,
  ),
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
