import type { LayerInfo } from '../schema/report.ts';

/** Layers that are drawn one beside the other, and what is said of those that are left out after them. */
export interface Segment {
  readonly drawn: readonly LayerInfo[];
  readonly note?: string;
}

/** Of a network with more layers, only some are drawn. */
const MOST_DRAWN = 400;
/** Blocks of so many layers are found again, where they stand so often in a row. */
const LONGEST_BLOCK = 40;
const LEAST_REPEATS = 3;

/**
 * The network in pieces: blocks that repeat are drawn once, and of what still has many layers the first, the last and those around the
 * current one are.
 */
export function segmentsOf(all: readonly LayerInfo[], current: string | undefined): readonly Segment[] {
  const folded = foldBlocks(all, current);
  const count = folded.reduce((sum, { drawn }) => sum + drawn.length, 0);
  return count <= MOST_DRAWN ? folded : cutOut(all, current);
}

function foldBlocks(all: readonly LayerInfo[], current: string | undefined): readonly Segment[] {
  const at = all.findIndex(({ name }) => name === current);
  const index = new Map(all.map(({ name }, position) => [name, position]));
  const kinds = all.map(({ type, outputShape, parameters, inputs }, position) =>
    // Where it is not known what a layer takes, it is like no other.
    inputs === undefined
      ? `${position}`
      : [type, outputShape, parameters, inputs.map((name) => position - index.get(name)!)].join('|'),
  );
  const segments: Segment[] = [];
  let drawn: LayerInfo[] = [];
  const cut = (blocks: number, length: number): void => {
    if (blocks === 0) return;
    const what = length === 1 ? 'layer' : `${length} layers`;
    segments.push({ drawn, note: `… ${blocks} × the same ${what} …` });
    drawn = [];
  };
  for (let from = 0; from < all.length;) {
    const { length, repeats } = repeatAt(kinds, from);
    const shown = at >= from && at < from + length * repeats ? Math.floor((at - from) / length) : 0;
    cut(shown, length);
    drawn.push(...all.slice(from + shown * length, from + (shown + 1) * length));
    cut(repeats - 1 - shown, length);
    from += length * repeats;
  }
  if (drawn.length > 0) segments.push({ drawn });
  return segments;
}

/** The block that begins at a layer and, repeated, spares most. */
function repeatAt(kinds: readonly string[], from: number): { length: number; repeats: number } {
  let best = { length: 1, repeats: 1 };
  for (let length = 1; length <= LONGEST_BLOCK; length++) {
    let same = 0;
    while (from + same + length < kinds.length && kinds[from + same] === kinds[from + same + length]) same++;
    const repeats = Math.floor(same / length) + 1;
    const spared = (repeats - 1) * length;
    if (repeats >= LEAST_REPEATS && spared > (best.repeats - 1) * best.length) best = { length, repeats };
  }
  return best;
}

function cutOut(all: readonly LayerInfo[], current: string | undefined): readonly Segment[] {
  const end = MOST_DRAWN / 4;
  const around = all.findIndex(({ name }) => name === current);
  const isDrawn = (at: number): boolean =>
    at < end || at >= all.length - end || (around >= 0 && Math.abs(at - around) <= end);
  const segments: { drawn: LayerInfo[]; leftOut: number }[] = [{ drawn: [], leftOut: 0 }];
  for (const [at, layer] of all.entries()) {
    if (!isDrawn(at)) segments.at(-1)!.leftOut++;
    else if (segments.at(-1)!.leftOut > 0) segments.push({ drawn: [layer], leftOut: 0 });
    else segments.at(-1)!.drawn.push(layer);
  }
  return segments.map(({ drawn, leftOut }) => ({
    drawn,
    ...(leftOut > 0 && { note: `… ${leftOut.toLocaleString('en')} layers …` }),
  }));
}
