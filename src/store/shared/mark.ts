import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import type { Problem } from '../../errors.ts';
import { listNames } from '../cache-folder.ts';
import { STORE_VERSION } from '../seal.ts';

/** What the mark of a shared store holds. */
const MARK_TEXT = `${JSON.stringify({ filterscopeStore: STORE_VERSION })}\n`;

/** Undefined where a mark is of this version. */
function describeMark(address: string, text: string): Problem | undefined {
  let version: unknown;
  try {
    version = (JSON.parse(text) as { filterscopeStore?: unknown } | null)?.filterscopeStore;
  } catch {
    // Described below.
  }
  if (version === STORE_VERSION) return undefined;
  return {
    what: `The shared store \`${address}\` cannot be used by this version of Filterscope.`,
    why:
      typeof version === 'number'
        ? `Its entries have form ${version}, and this version reads and writes form ${STORE_VERSION}.`
        : 'Its mark, `filterscope-store.json`, cannot be read.',
    hint: 'Use the same version of Filterscope on all machines, or name another store with `--store`.',
  };
}

/** Looks at a place without a mark but with other files, before it is taken for something else: the mark may not be seen yet. */
const LOOKS = 4;

/**
 * Makes an empty place a shared store, or finds that it is one.
 * @throws UserError where it is something else, or a store of another version
 */
export async function claim(place: {
  readonly address: string;
  /** The text of its mark. */
  mark(): Promise<string | undefined>;
  /** Some names of what else is there. */
  others(): Promise<readonly string[]>;
  write(text: string): Promise<void>;
}): Promise<void> {
  const { address } = place;
  for (let look = 1; ; look++) {
    const text = await place.mark();
    if (text !== undefined) {
      const problem = describeMark(address, text);
      if (problem) throw new UserError(problem);
      return;
    }
    const others = await place.others();
    if (others.length === 0) break;
    if (look < LOOKS) {
      await sleep(100 * look);
      continue;
    }
    throw new UserError({
      what: `The shared store cannot be \`${address}\`.`,
      why: `It contains other files: ${listNames(others)}.`,
      hint: 'Name an empty place, or a shared store of Filterscope, with `--store`.',
    });
  }
  await place.write(MARK_TEXT);
}
