/** zod pieces that several parts of an experiment file share. */
import { z } from 'zod/v4';
import { reject } from './issue.ts';
import { show } from './words.ts';

// eslint-disable-next-line no-control-regex -- finding control characters is the point
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** One line of plain text, never empty. */
export const lineOfText = (most: number) =>
  z.string().superRefine((text, ctx) => {
    if (text.trim() === '') reject(ctx, { what: (key) => `${key} is empty.` });
    else if (CONTROL.test(text)) reject(ctx, { what: (key) => `${key} must be one line of plain text.` });
    else if (text.length > most) {
      reject(ctx, { what: (key) => `${key} has ${text.length} characters. The limit is ${most}.` });
    }
  });

const MOST_ID = 80;
const ID = /^[a-z0-9][a-z0-9-]*$/;

/** What is wrong with an id that becomes part of URLs; `undefined` where nothing is. */
export function idProblem(id: string): string | undefined {
  if (!ID.test(id)) {
    return 'An id is part of a URL: lower-case letters, digits and hyphens, not beginning with a hyphen.';
  }
  return id.length > MOST_ID ? `An id has at most ${MOST_ID} characters.` : undefined;
}

/** The nearest valid id; empty where nothing usable is left. */
export function toId(text: string): string {
  const plain = text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, MOST_ID);
}

export const idText = z
  .string()
  .superRefine((id, ctx) => {
    const why = idProblem(id);
    if (why === undefined) return;
    const better = toId(id);
    reject(ctx, {
      what: (key) => `${key} cannot be ${show(id)}.`,
      why,
      ...(better && { hint: `Write \`${better}\`.` }),
    });
  })
  .meta({ pattern: ID.source, maxLength: MOST_ID });

const LONGEST_PATH = 1024;

/** A path as written: absolute, or relative to the experiment file. */
export const filePath = z.string().superRefine((path, ctx) => {
  const why = pathProblem(path);
  if (why) reject(ctx, { what: (key) => `${key} cannot be ${show(path)}.`, ...why });
});

export function pathProblem(path: string): { why: string; hint?: string } | undefined {
  const relative = 'A path is relative to the experiment file, or absolute.';
  if (path.trim() === '') return { why: relative };
  if (CONTROL.test(path)) return { why: 'A path cannot contain control characters.' };
  if (path.length > LONGEST_PATH) return { why: `A path has at most ${LONGEST_PATH} characters.` };
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    return {
      why: 'Addresses in experiment files are not downloaded.',
      hint: 'Download the file, then write its path.',
    };
  }
  if (path.startsWith('~')) return { why: '`~` is not expanded.', hint: relative };
  return undefined;
}

/** `[height, width]`, or one number for both unless `single` is false; each from 1 to `most`. */
export const pairOf = (most: number, description: string, { single = true } = {}) => {
  const side = { type: 'integer', minimum: 1, maximum: most };
  const pair = { type: 'array', items: side, minItems: 2, maxItems: 2 };
  return z
    .unknown()
    .transform((raw, ctx): readonly [number, number] => {
      const [height, width, ...more]: readonly unknown[] = Array.isArray(raw)
        ? raw
        : single
          ? [raw, raw]
          : [];
      const fits = (value: unknown): value is number =>
        Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;
      if (fits(height) && fits(width) && more.length === 0) return [height, width];
      return (
        reject(ctx, {
          what: (key) => (raw === undefined ? `${key} is missing.` : `${key} cannot be ${show(raw)}.`),
          why: single
            ? `It is a whole number from 1 to ${most}, or two of them: \`[height, width]\`.`
            : `It is written as \`[height, width]\`, two whole numbers from 1 to ${most}.`,
        }) ?? z.NEVER
      );
    })
    .meta({ description, ...(single ? { anyOf: [side, pair] } : pair) });
};

export function isGroup(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}
