import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cardTables, type ModelCard } from '../../scripts/training/model-card.ts';
import { packageRoot } from '../../src/package-root.ts';

const read = (...path: string[]): string => readFileSync(join(packageRoot, ...path), 'utf8');
const rows = (text: string): string[] => text.split('\n').filter((line) => /^\| .* \d+\.\d %/.test(line));

describe('the model card in the report on PatternNet', () => {
  const chapters = join(packageRoot, 'content', 'patternnet');
  const text = [
    read('content', 'patternnet.md'),
    ...readdirSync(chapters).map((name) => read('content', 'patternnet', name)),
  ].join('\n');
  const { test, parameters, training, classes } = JSON.parse(
    read('models', 'patternnet', 'card.json'),
  ) as ModelCard;

  it('says of each class and epoch what was measured on the bundled weights', () => {
    const measured = rows(read('models', 'patternnet', 'card.md'));
    expect(measured).toHaveLength(classes.length + training.epochs.length);
    expect(rows(text).sort()).toEqual(measured.sort());
  });

  it('says the sums', () => {
    for (const said of [
      `${parameters.toLocaleString('en')} weights`,
      `${(100 * test.accuracy).toFixed(1)} % of ${test.images.toLocaleString('en')} new images`,
      `${training.images.toLocaleString('en')} of them`,
    ]) {
      expect(text).toContain(said);
    }
  });

  it('belongs to weights that are good enough', () => {
    expect(test.images).toBe(1980);
    expect(test.accuracy).toBeGreaterThanOrEqual(0.95);
    expect(Math.min(...test.byClass)).toBeGreaterThanOrEqual(0.85);
    for (const { dead, filters } of test.dead) expect(dead / filters).toBeLessThanOrEqual(0.02);
    const digits = JSON.parse(read('models', 'lenet-digits', 'card.json')) as ModelCard;
    expect(digits.test.accuracy).toBeGreaterThanOrEqual(0.97);
  });
});

it.each(['patternnet', 'lenet-digits'])('the card of %s has the tables of its numbers', (name) => {
  const card = JSON.parse(read('models', name, 'card.json')) as ModelCard;
  expect(read('models', name, 'card.md')).toBe(cardTables(card));
});
