/**
 * How a hand-written zod check says what is wrong. zod's own issues know no hint and no choices; these travel in
 * `params` of a custom issue until check.ts turns them into a Problem.
 */
import type { z } from 'zod/v4';

export interface IssueParts {
  /** A whole sentence; `key` is the offending key or entry in backticks, e.g. `` `layers` `` or ``entry 2 of `layers` ``. */
  readonly what: (key: string) => string;
  readonly why?: string;
  readonly hint?: string;
  readonly choices?: readonly string[];
}

type Context = z.RefinementCtx;

/** Reports `parts` at `path` below the value being checked. Transforms go on with `?? z.NEVER`. */
export function reject(ctx: Context, parts: IssueParts, path: readonly (string | number)[] = []): undefined {
  const message = parts.what('this');
  // `continue: false` keeps refinements of the object around from seeing values that are not there.
  ctx.addIssue({ code: 'custom', message, path: [...path], params: { parts }, continue: false });
  return undefined;
}

/** For checks that see `undefined` themselves because they start from `z.unknown()`. */
export function rejectMissing(ctx: Context, why: string): undefined {
  return reject(ctx, { what: (key) => `${key} is missing.`, why });
}

export function issueParts(issue: z.core.$ZodIssue): IssueParts | undefined {
  if (issue.code !== 'custom') return undefined;
  return issue.params?.['parts'] as IssueParts | undefined;
}
