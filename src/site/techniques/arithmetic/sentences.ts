import type { Panel } from '../../../schema/report.ts';
import type { ArithmeticFacts } from '../../../techniques/arithmetic/facts.ts';
import { plural } from '../../words.ts';
import { functionName } from './function-names.ts';
import { describePatch } from './windows.ts';

/** What pages say about where a value is and how its window lies. Pure. */

/** `Filter 0 at row 12, column 3`. */
export function placeTitle({ filter }: Panel, { walk, places }: ArithmeticFacts): string {
  const of = `Filter ${filter ?? 0}`;
  if (walk) return `${of}, ${plural(places.length, 'position')} of its map: ${describePatch(walk)}`;
  const [place] = places;
  return place?.row === undefined
    ? `Unit ${filter ?? 0}`
    : `${of} at row ${place.row}, column ${place.column}`;
}

export function geometrySentence(facts: ArithmeticFacts): string {
  const { operation, window, patch, input, activation } = facts;
  if (operation === 'function') {
    return activation ? `${functionName(activation.name)} of the value that ${input.layer} gives there.` : '';
  }
  if (!window || !patch) return '';
  const both = ([a, b]: readonly [number, number]): string => (a === b ? String(a) : `${a} and ${b}`);
  const isPadded =
    patch.top < 0 ||
    patch.left < 0 ||
    patch.top + patch.rows > input.shape[0]! ||
    patch.left + patch.columns > input.shape[1]!;
  const parts = [
    `A window of ${window.size.join(' × ')} ${facts.channels?.[0]?.name ? 'pixels' : `values of ${input.layer}`}`,
    ...(window.dilation.some((n) => n > 1) ? [`with gaps (dilation ${both(window.dilation)})`] : []),
    ...(window.stride.some((n) => n > 1) ? [`that moves by ${both(window.stride)} (stride)`] : []),
  ];
  const padding =
    operation === 'sum'
      ? ' Dashed cells are padding: zeros around the input.'
      : ' Dashed cells are padding, which does not count.';
  return `${parts.join(', ')}, here at ${describePatch(patch)}.${isPadded ? padding : ''}`;
}
