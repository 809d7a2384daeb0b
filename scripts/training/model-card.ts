import type { Evaluation } from './evaluate.ts';
import { clock, type TrainingProgress } from './progress.ts';

/** The measured accuracy of a trained network, as card.json beside its weights. */
export interface ModelCard {
  readonly classes: readonly string[];
  readonly parameters: number;
  readonly training: TrainingProgress & {
    readonly seed: number;
    readonly images: number;
    readonly batch: number;
  };
  readonly test: Evaluation & { readonly byClass: readonly number[] };
}

export function toCard(parts: {
  readonly evaluation: Evaluation;
  readonly classes: readonly string[];
  readonly parameters: number;
  readonly training: ModelCard['training'];
}): ModelCard {
  const { evaluation, classes, parameters, training } = parts;
  const byClass = evaluation.confusion.map((row, i) => row[i]! / row.reduce((sum, n) => sum + n, 0));
  return { classes, parameters, training, test: { ...evaluation, byClass } };
}

/** Markdown: the figures that a model card quotes. */
export function cardTables({ classes, parameters, training, test }: ModelCard): string {
  const rows = classes.map((name, i) => {
    const row = test.confusion[i]!;
    const others = row
      .map((count, guess) => ({ count, guess }))
      .filter(({ count, guess }) => count > 0 && guess !== i)
      .sort((a, b) => b.count - a.count || a.guess - b.guess)
      .map(({ count, guess }) => `${classes[guess]!} ${count}`);
    return `| ${name} | ${percent(test.byClass[i]!)} | ${others.join(', ') || '—'} |`;
  });
  const epochs = training.epochs.map(
    ({ loss, accuracy }, i) => `| ${i + 1} | ${loss.toFixed(3)} | ${percent(accuracy)} |`,
  );
  const dead = test.dead.map(({ layer, dead: count, filters }) => `| ${layer} | ${count} of ${filters} |`);
  return [
    `${parameters.toLocaleString('en')} parameters. ${training.images.toLocaleString('en')} images, ` +
      `${training.epochs.length} epochs in batches of ${training.batch}, seed ${training.seed}: ` +
      `${clock(training.wall)} minutes (${clock(training.cpu)} of processor time).`,
    `${percent(test.accuracy)} of ${test.images.toLocaleString('en')} new images classified correctly; lowest accuracy of a class ${percent(Math.min(...test.byClass))}.`,
    ['| class | accuracy | misclassified as |', '| --- | --- | --- |', ...rows].join('\n'),
    ['| layer | filters without a positive activation |', '| --- | --- |', ...dead].join('\n'),
    ['| epoch | loss | training accuracy |', '| --- | --- | --- |', ...epochs].join('\n'),
    '',
  ].join('\n\n');
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
