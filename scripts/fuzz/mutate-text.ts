/** Damage to files whose parts are words and lines. */
import type { Random } from './random.ts';

/** Inputs do not grow without end. The limit of the files themselves is 1 MB. */
const MOST_LETTERS = 1_100_000;

type Mutation = (text: string, random: Random, other: string, scraps: readonly string[]) => string;

const insertScrap: Mutation = (text, random, _, scraps) => {
  const at = random.below(text.length + 1);
  const removed = random.below(3) === 0 ? random.below(30) : 0;
  return text.slice(0, at) + random.pick(scraps) + text.slice(at + removed);
};

/** Seldom: what takes time is what there is much of. */
const repeatScrap: Mutation = (text, random, _, scraps) => {
  const at = random.below(text.length + 1);
  const many = random.pick([3, 30, 300, random.below(10) === 0 ? 50_000 : 10]);
  return text.slice(0, at) + random.pick(scraps).repeat(many) + text.slice(at);
};

const byLine =
  (change: (lines: string[], random: Random, scraps: readonly string[], other: string) => void): Mutation =>
  (text, random, other, scraps) => {
    const lines = text.split('\n');
    change(lines, random, scraps, other);
    return lines.join('\n');
  };

const range = (lines: readonly string[], random: Random): [number, number] => [
  random.below(lines.length),
  1 + random.below(random.pick([2, 10])),
];

const removeLines = byLine((lines, random) => void lines.splice(...range(lines, random)));
const duplicateLines = byLine((lines, random) => {
  const [start, count] = range(lines, random);
  lines.splice(start, 0, ...lines.slice(start, start + count));
});
const repeatLine = byLine((lines, random) => {
  const at = random.below(lines.length);
  const line = lines[at]!;
  // A block by one join: so many arguments would be too many.
  lines[at] = Array.from({ length: random.pick([10, 100, 2000]) }, () => line).join('\n');
});
const swapLines = byLine((lines, random) => {
  const [a, b] = [random.below(lines.length), random.below(lines.length)];
  [lines[a], lines[b]] = [lines[b]!, lines[a]!];
});
const indentLine = byLine((lines, random) => {
  const at = random.below(lines.length);
  lines[at] = random.below(2) === 0 ? ` ${lines[at]}` : lines[at]!.slice(1);
});
const replaceValue = byLine((lines, random, scraps) => {
  const at = random.below(lines.length);
  lines[at] = lines[at]!.replace(/^(\s*(?:- )?[\w-]+:\s*).*$/, (_, key: string) => key + random.pick(scraps));
});
const spliceLines = byLine((lines, random, _, other) => {
  const others = other.split('\n');
  const [start, count] = range(others, random);
  lines.splice(random.below(lines.length), random.below(3), ...others.slice(start, start + count));
});

const truncate: Mutation = (text, random) => text.slice(0, random.below(text.length + 1));

const MUTATIONS = [
  ...[insertScrap, insertScrap, insertScrap, repeatScrap, removeLines, duplicateLines, repeatLine],
  ...[swapLines, indentLine, replaceValue, replaceValue, replaceValue, spliceLines, truncate],
];

/** @param scraps pieces that mean something in this language */
export function mutateText(text: string, random: Random, other: string, scraps: readonly string[]): string {
  let changed = text;
  for (let left = 1 + random.below(5); left > 0; left--) {
    changed = random.pick(MUTATIONS)(changed, random, other, scraps);
    if (changed.length > MOST_LETTERS) return changed.slice(0, MOST_LETTERS);
  }
  return changed;
}
