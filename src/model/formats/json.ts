import { readFile, stat } from 'node:fs/promises';
import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';
import { memorySize } from '../../byte-size.ts';
import { MAX_DESCRIPTION, MAX_NESTING } from '../reading/limits.ts';

/** Reads a file that is JSON. @throws UserError where it is too long, nested too deeply or no JSON */
export async function readJson(path: string, place: Place): Promise<unknown> {
  expectLength((await stat(path)).size, 'The file', place);
  return parseJson(await readFile(path, 'utf8'), 'The file', place);
}

/** `what` names the text at the beginning of a message: `The model description`. */
export function parseJson(text: string, what: string, place: Place): unknown {
  expectLength(text.length, what, place);
  const value = parse(text, what, place);
  if (isDeeper(value, MAX_NESTING)) {
    throw new UserError({
      what: `${what} nests values more than ${MAX_NESTING} deep.`,
      place,
      why: 'That is more than any model description needs.',
      hint: 'The file is damaged. Save or download it again.',
    });
  }
  return value;
}

function parse(text: string, what: string, place: Place): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    try {
      return JSON.parse(withoutPythonNumbers(text)) as unknown;
    } catch {
      throw new UserError({
        what: `${what} is not valid JSON.`,
        place,
        hint: 'The file is damaged. Save or download it again.',
      });
    }
  }
}

function expectLength(bytes: number, what: string, place: Place): void {
  if (bytes <= MAX_DESCRIPTION) return;
  throw new UserError({
    what: `${what} has ${memorySize(bytes)}.`,
    place,
    why: `The limit for a model description is ${memorySize(MAX_DESCRIPTION)}.`,
  });
}

/** Level by level, for a call inside a call would end on the stack's own limit. */
function isDeeper(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let at = 0; level.length > 0; at++) {
    if (at > depth) return true;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      for (const child of Object.values(each)) {
        if (typeof child === 'object' && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return false;
}

/** Strings as they are; outside them, the three numbers that Python writes and JSON does not have. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/gs;

/** Infinities become numbers too large for a float, which JavaScript reads as infinite; NaN a word that no option takes for a number. */
function withoutPythonNumbers(text: string): string {
  return text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return token;
    if (token === 'NaN') return '"NaN"';
    return token === 'Infinity' ? '1e999' : '-1e999';
  });
}
