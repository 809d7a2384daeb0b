/** Raw values against zod schemas; what zod finds becomes problems at their place in the file, in words. */
import { z } from 'zod/v4';
import type { Place, Problem } from '../errors.ts';
import { type IssueParts, issueParts } from './issue.ts';
import type { ProblemList } from './problem-list.ts';
import { describe, didYouMean, nearest, nearestFirst, show } from './words.ts';
import type { YamlSource } from './yaml.ts';

export type Path = readonly (string | number)[];
type Step = string | number;

export interface CheckOptions {
  /** Where the checked value stands in the file. */
  readonly path: Path;
  /** What the value is, for unknown keys: "an experiment", "`model`". */
  readonly owner: string;
  /** Further keys that are valid beside those of the schema. */
  readonly otherKeys?: readonly string[];
  /** A key's name in the file, where that differs from the schema's. */
  readonly written?: (key: string) => string;
  /** The one key that the value at `path` stands for, where the file leaves it out: `max_pool: 2`. */
  readonly bare?: string;
}

type Found = Omit<Problem, 'place'>;

/** Collects the problems of one file. A function is called only where the problem will be shown. */
export interface Check {
  readonly problems: ProblemList;
  readonly locate: YamlSource['locate'];
  readonly add: (path: Path, problem: Found | (() => Found)) => void;
  /** As `add`, at the key that the path ends with. */
  readonly addAtKey: (path: Path, problem: Found | (() => Found)) => void;
  /** `undefined` where something was wrong, which is then among the problems. */
  readonly parse: <S extends z.ZodType>(
    schema: S,
    raw: unknown,
    options: CheckOptions,
  ) => z.output<S> | undefined;
}

export function createCheck(
  { locate, locateKey }: Pick<YamlSource, 'locate' | 'locateKey'>,
  problems: ProblemList,
): Check {
  const addBy =
    (locateBy: (path: Path) => Place): Check['add'] =>
    (path, problem) =>
      problems.add(() => {
        const found = typeof problem === 'function' ? problem() : problem;
        return { ...found, what: sentence(found.what), place: locateBy(path) };
      });
  const add = addBy(locate);
  const addAtKey = addBy(locateKey);

  const parse: Check['parse'] = (schema, raw, options) => {
    const result = schema.safeParse(raw);
    if (result.success) return result.data;
    const { path: base, written = (key) => key } = options;
    const { issues } = result.error;
    const meant = new Set(issues.flatMap((issue) => meantKeys(issue, schema)));
    for (const issue of issues) {
      const inner = issue.path.map((step, position): Step => {
        if (typeof step === 'number') return step;
        return position === 0 ? written(String(step)) : String(step);
      });
      const path = [
        ...base,
        ...(inner[0] !== undefined && inner[0] === options.bare ? inner.slice(1) : inner),
      ];
      if (issue.code === 'unrecognized_keys') {
        const valid = [
          ...keysAt(schema, issue.path),
          ...(inner.length === 0 ? (options.otherKeys ?? []) : []),
        ];
        const owner = inner.length === 0 ? options.owner : subject(inner);
        for (const key of issue.keys) addAtKey([...path, key], () => unknownKey(key, owner, valid));
        continue;
      }
      const value = valueAt(raw, issue.path);
      // A key with a slip in it is one mistake, not two.
      if (value === undefined && meant.has(issue.path.join('/'))) continue;
      const name = path.length === 0 ? options.owner : subject(path);
      const problem = () => toProblem(issue, name, value, at(schema, issue.path));
      if (value === undefined) addAtKey(path.slice(0, -1), problem);
      else add(path, problem);
    }
    return undefined;
  };
  return { problems, locate, add, addAtKey, parse };
}

/** Unknown keys of one group that are reported. */
const MOST_KEYS_COMPARED = 1000;

/** Paths of the keys that unknown ones were probably meant to be. */
function meantKeys(issue: z.core.$ZodIssue, schema: z.core.$ZodType): readonly string[] {
  if (issue.code !== 'unrecognized_keys') return [];
  const valid = keysAt(schema, issue.path);
  const names = issue.keys.slice(0, MOST_KEYS_COMPARED).map((key) => nearest(key, valid));
  return names.flatMap((name) => (name === undefined ? [] : [[...issue.path, name].join('/')]));
}

export function unknownKey(key: string, owner: string, valid: readonly string[]): Omit<Problem, 'place'> {
  return {
    what: `${show(key)} is not a key of ${owner}.`,
    ...didYouMean(key, valid),
    choices: nearestFirst(key, valid),
  };
}

/** `` `levels` ``, or ``entry 2 of `layers` `` for what has no name of its own. */
export function subject(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return show(last);
  return `entry ${last + 1} of ${subject(path.slice(0, -1))}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function toProblem(
  issue: z.core.$ZodIssue,
  name: string,
  value: unknown,
  schema: z.core.$ZodType | undefined,
): Omit<Problem, 'place'> {
  const parts = issueParts(issue);
  if (parts) return fromParts(parts, name);
  const description = schema && z.globalRegistry.get(schema)?.description;
  if (value === undefined || value === null) {
    return {
      what: `${name} is ${value === null ? 'empty' : 'missing'}.`,
      ...(description !== undefined && { why: `${description}.` }),
    };
  }
  switch (issue.code) {
    case 'invalid_value': {
      const choices = issue.values.map(String);
      return {
        what: `${name} cannot be ${show(value)}.`,
        ...(typeof value === 'string' && didYouMean(value, choices)),
        choices: typeof value === 'string' ? nearestFirst(value, choices) : choices,
      };
    }
    case 'too_small':
    case 'too_big':
      if (Array.isArray(value) && value.length === 0) return { what: `${name} is an empty list.` };
      return { what: `${name} ${bounds(issue, schema)}, not ${amount(value)}.` };
    case 'invalid_type':
      return {
        what: `${name} must be ${expected(isWhole(schema) ? 'int' : issue.expected)}, not ${describe(value)}.`,
        ...typeHint(issue.expected, value),
      };
    case 'invalid_union': {
      const forms = issue.errors.flatMap(([first]) =>
        first?.code === 'invalid_type' ? [expected(first.expected)] : first ? [first.message] : [],
      );
      return { what: `${name} must be ${forms.join(', or ')}, not ${describe(value)}.` };
    }
    default:
      return { what: `${name} cannot be ${describe(value)}.`, why: `${issue.message}.` };
  }
}

function fromParts({ what, ...rest }: IssueParts, name: string): Omit<Problem, 'place'> {
  return { what: what(name), ...rest };
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
  tuple: 'a list',
};

const expected = (type: string): string => EXPECTED[type] ?? type;

const isWhole = (schema: z.core.$ZodType | undefined) => schema instanceof z.ZodNumber && schema.isInt;

function typeHint(type: string, value: unknown): { hint?: string } {
  if (type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return { hint: `Put it in quotes: "${String(value)}".` };
  }
  if (type === 'boolean' && typeof value === 'string' && /^(yes|no|on|off)$/i.test(value)) {
    return { hint: `Write \`${/^(yes|on)$/i.test(value)}\`.` };
  }
  return {};
}

type Bound = z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall;

function bounds(issue: Bound, schema: z.core.$ZodType | undefined): string {
  if (schema instanceof z.ZodNumber) {
    const { minValue, maxValue } = schema;
    const low = minValue !== null && minValue > Number.MIN_SAFE_INTEGER;
    const high = maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER;
    if (low && high) return `must be from ${minValue} to ${maxValue}`;
  }
  const limit = issue.code === 'too_big' ? issue.maximum : issue.minimum;
  const least = issue.code === 'too_big' ? 'at most' : 'at least';
  if (issue.origin === 'string')
    return `must have ${least} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
  if (issue.origin === 'array') return `must have ${least} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  return issue.inclusive === false
    ? `must be ${issue.code === 'too_big' ? 'less' : 'more'} than ${limit}`
    : `must be ${least} ${limit}`;
}

const amount = (value: unknown): string =>
  typeof value === 'string' || Array.isArray(value) ? String(value.length) : show(value);

/** The schema that `path` leads to, without the wrappers of optional and default values. */
function at(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let found: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    const inner: z.core.$ZodType = unwrap(found);
    if (inner instanceof z.ZodObject) found = inner.shape[String(step)] as z.core.$ZodType | undefined;
    else if (inner instanceof z.ZodArray) found = inner.element as z.core.$ZodType;
    else return undefined;
    if (!found) return undefined;
  }
  return unwrap(found);
}

export function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap() as z.core.$ZodType);
  }
  return schema;
}

function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const inner = at(schema, path);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      value === null || value === undefined ? undefined : (value as Record<PropertyKey, unknown>)[step],
    raw,
  );
}
