/** What is fuzzed: where inputs come from, how they are changed, and what reads them. */
import type { Random } from './random.ts';

export interface Sample {
  /** Its ending is the format. A saved input is `<name without ending>~<seed>-<number><ending>`, so that targets see where it comes from. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Target {
  readonly name: string;
  /** Sound files, the same each time. */
  readonly corpus: () => Promise<readonly Sample[]>;
  readonly mutate: (sample: Sample, random: Random, other: Sample) => Uint8Array | Promise<Uint8Array>;
  /**
   * Reads one input to the end. Returns where the input is accepted or refused as inputs are refused.
   * @param folder an empty one of its own
   * @throws anything else: a finding
   */
  readonly read: (input: Sample, folder: string) => Promise<void>;
}

/** The name of the sample that an input was made from, without its ending. */
export const originOf = (name: string): string => name.replace(/(?:~[^.]*)?\..*$/, '');
export const endingOf = (name: string): string => name.slice(originOf(name).length).replace(/^~[^.]*/, '');

/** @throws Error where `holds` is false: what was read is not what it says it is */
export function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`wrong result: ${what}`);
}
