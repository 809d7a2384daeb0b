import type { Problem } from '../../errors.ts';
import { STORE_VERSION } from '../seal.ts';

/** What the mark of a shared store holds. */
export const MARK_TEXT = `${JSON.stringify({ filterscopeStore: STORE_VERSION })}\n`;

/** Undefined where a mark is of this version. */
export function describeMark(address: string, text: string): Problem | undefined {
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
