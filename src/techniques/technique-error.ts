import { placeInPlugins } from '../plugins.ts';

/** A technique threw where it should have planned, computed or told: its views fail, and nothing else does. */
export class TechniqueError extends Error {
  constructor(
    readonly technique: string,
    /** What it threw, in one line, with the place in the source where that is known. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Technique \`${technique}\` failed: ${reason}`, options);
    this.name = 'TechniqueError';
  }
}

/** `TypeError: x is undefined (plugins/saliency.ts:12:5)`; the place where it is in the project's own modules. */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const place = placeInPlugins(thrown.stack ?? '');
  return `${thrown.name}: ${thrown.message}${place === undefined ? '' : ` (${place})`}`;
}
