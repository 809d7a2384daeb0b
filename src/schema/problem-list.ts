/** The problems of one file: the first hundred in full, the others as a number, so that no file makes a message without end. */
import type { Problem } from '../errors.ts';

const MOST_SHOWN = 100;

export interface ProblemList {
  /** How many there are, those that are not kept included. */
  readonly count: number;
  /** `make` runs only where the problem is kept: placing it and looking for near names takes time. */
  readonly add: (make: () => Problem) => void;
  /** As they were added; where some were not kept, the last entry says how many. */
  readonly list: () => readonly Problem[];
  /** The same by line and column. */
  readonly listByPlace: () => readonly Problem[];
}

/** @param shownFile the file as it is to stand in messages */
export function createProblemList(shownFile: string): ProblemList {
  const kept: Problem[] = [];
  let count = 0;
  const notShown = (): readonly Problem[] => {
    const left = count - kept.length;
    if (left === 0) return [];
    const more = left === 1 ? '1 more problem' : `${left.toLocaleString('en')} more problems`;
    const hint = 'Correct those above, then run the command again.';
    return [{ what: `The file has ${more}.`, place: { file: shownFile }, hint }];
  };
  return {
    get count() {
      return count;
    },
    add(make) {
      count += 1;
      if (count <= MOST_SHOWN) kept.push(make());
    },
    list: () => [...kept, ...notShown()],
    listByPlace: () => [...kept.toSorted(byPlace), ...notShown()],
  };
}

const byPlace = ({ place: a }: Problem, { place: b }: Problem): number =>
  (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
