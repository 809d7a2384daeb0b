import { expect, it } from 'vitest';
import { formatProblem } from '../../src/errors.ts';
import { parseNarrative } from '../../src/schema/narrative.ts';
import { parseExperiment } from '../../src/schema/parse.ts';
import { SAMPLE, techniques, withImages, withModel } from './harness.ts';

const SCRAPS = [
  '[',
  ']',
  '{',
  '}',
  ': ',
  '- ',
  '"',
  "'",
  '\n',
  '  ',
  '*a ',
  '&a ',
  '!!x ',
  'null',
  '-1',
  '1e9',
  'true',
  '~',
].concat([
  '.nan',
  '.inf',
  '0x10',
  '[]',
  '{}',
  '? ',
  '| \n',
  '<<: ',
  '%',
  '@',
  '#',
  '\t',
  '__proto__: 1',
  '🐈',
  '[[1]]',
]);

const TEXTS = [
  SAMPLE,
  withModel(
    'input: [8, 8]\nlayers:\n  - conv2d: {filters: 3, kernel: 3, name: a}\n  - relu\n  - max_pool: 2\n  - dense: {units: 3, from: a}',
  ),
  withImages(
    'files: [a.png, b.png]\nclasses: {cats: [a.png]}\ncrop: {x: 0, y: 0, width: 1, height: 1}\ntiles: 4x5\nlimit: 3',
  ),
];

/** The same numbers on every machine. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function damage(text: string, random: (below: number) => number): string {
  const scrap = () => SCRAPS[random(SCRAPS.length)]!;
  const start = random(text.length);
  const cut = text.slice(0, start) + scrap() + text.slice(start + (random(3) === 0 ? random(30) : 0));
  if (random(2) === 0) return cut;
  const lines = cut.split('\n');
  const line = random(lines.length);
  lines[line] = lines[line]!.replace(/^(\s*-? ?\w+: ).*$/, (_, key: string) => key + scrap());
  return lines.join('\n');
}

it('answers whatever is in a file with an experiment or with problems at their place', () => {
  const random = createRandom(7);
  for (let round = 0; round < 400; round += 1) {
    const text = damage(TEXTS[round % TEXTS.length]!, random);
    const { experiment, problems } = parseExperiment(
      { id: 'a', text, file: '/p/a.yaml', shownFile: 'a.yaml' },
      techniques,
    );
    expect(problems.length > 0, text).toBe(!experiment);
    for (const problem of problems) {
      expect(formatProblem(problem), text).toMatch(/^a\.yaml:\d+:\d+: [^a-z]/);
      expect(formatProblem(problem), text).not.toMatch(/undefined|Invalid input|\[object/);
    }
    parseNarrative({ text, shownFile: 'a.md', views: ['x'] });
  }
});
