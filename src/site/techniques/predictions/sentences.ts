/** What is said of predictions. Pure. */
import { formatNumber, plural } from '../../words.ts';
import type { ClassSummary, Prediction, PredictionFacts, Summary } from './facts.ts';

interface Named {
  readonly class: number;
  readonly name?: string | undefined;
}

export const nameOf = ({ class: index, name }: Named): string => name ?? `class ${index}`;

/** 0.98213 → `98.2 %`; nothing is rounded to all or none. */
export function formatShare(share: number): string {
  if (share === 0 || share === 1) return `${100 * share} %`;
  const percent = 100 * share;
  if (percent < 0.01) return '< 0.01 %';
  if (percent > 99.95) return '> 99.9 %';
  return `${Number(percent.toPrecision(percent < 1 ? 1 : 3))} %`;
}

/** The probability or, of scores, the number. */
export const formatPrediction = ({ probability, logit }: Prediction): string =>
  probability === undefined ? formatNumber(logit, 3) : formatShare(probability);

const list = (names: readonly string[], last = 'or'): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)!}`;

export const expectedNames = ({ expected = [] }: PredictionFacts): string => list(expected.map(nameOf));

/** What is predicted: a class, labels, or nothing where scores have no names. */
export function predictedText({ kind, predictions, labels }: PredictionFacts): string {
  const [first] = predictions;
  if (!first) return 'not a number';
  if (kind === 'scores' && predictions.length === 1) return 'score';
  if (kind === 'multi-label') return labels!.length === 0 ? 'no class' : labels!.map(nameOf).join(', ');
  return nameOf(first);
}

/** The number beside it; empty with several labels. */
export function predictedFigure({ kind, predictions, labels }: PredictionFacts): string {
  const [first] = predictions;
  if (!first || (kind === 'multi-label' && labels!.length !== 1)) return '';
  return formatPrediction(first);
}

/** What is said below the predictions of a wrong or unlabelled image. */
export function verdictNote(facts: PredictionFacts, folder: string | undefined): string | undefined {
  const { verdict, expected = [], kind } = facts;
  if (kind === 'multi-label' && verdict !== undefined) return foundText(facts);
  if (verdict === 'wrong') {
    const [own] = expected;
    const rank = expected.length === 1 && kind === 'single-label' ? ` (${ordinal(own!.rank)})` : '';
    return `not ${expectedNames(facts)}${rank}`;
  }
  return verdict === 'right' || folder === undefined ? undefined : `folder ${folder}`;
}

/** Of several labels, which expected ones are missed, if any. */
function foundText({ expected = [], labels = [] }: PredictionFacts): string {
  const missed = expected.filter((one) => !labels.some((label) => label.class === one.class)).map(nameOf);
  return missed.length > 0 ? `misses ${list(missed, 'and')}` : `finds ${list(expected.map(nameOf), 'and')}`;
}

/** 3 → `3rd` */
export function ordinal(rank: number): string {
  const last = rank % 10;
  const teen = rank % 100 >= 11 && rank % 100 <= 13;
  return `${rank}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][last] ?? 'th')}`;
}

/** For alternative texts: `wheel 98.2 %, right`. */
export function measuredText(facts: PredictionFacts): string {
  const prediction = [predictedText(facts), predictedFigure(facts)].filter(Boolean).join(' ');
  const { verdict, certainty } = facts;
  const wrong = verdict === 'wrong' ? `wrong, expected ${expectedNames(facts)}` : verdict;
  return [prediction, wrong, certainty].filter(Boolean).join(', ');
}

/** The sentence above an image's predictions, as before, name and after. */
export function verdictSentence(
  facts: PredictionFacts,
  folder: string | undefined,
): { readonly before: string; readonly names: string; readonly after: string } {
  const { kind, predictions, verdict, certainty } = facts;
  const [first] = predictions;
  if (!first) return { before: 'No prediction: some outputs are not finite numbers.', names: '', after: '' };
  const names = predictedText(facts);
  if (kind === 'scores') {
    return predictions.length === 1
      ? { before: `Score ${formatNumber(first.logit)}.`, names: '', after: '' }
      : { before: 'Highest score: ', names, after: `, ${formatNumber(first.logit)}.` };
  }
  const figure = predictedFigure(facts);
  const sure = certainty === undefined ? '' : `, ${certainty}`;
  const end = figure === '' ? sure : `, ${figure}${sure}`;
  if (verdict === undefined) {
    const why = folder === undefined ? '' : ` Its folder, ${folder}, is no class of the network.`;
    return { before: 'Predicted: ', names, after: `${end}.${why}` };
  }
  if (kind === 'multi-label') return { before: 'Predicted: ', names, after: `${end}; ${foundText(facts)}.` };
  return { before: verdict === 'right' ? 'Right: ' : 'Wrong: ', names, after: `${end}.` };
}

/** Counts of a view, for a row of facts. */
export function summaryFacts(summary: Summary): { term: string; value: string }[] {
  const { kind, images, labelled, right, wrong, confidentlyWrong, unsure, notFinite } = summary;
  const judged = right + wrong;
  const facts: { term: string; value: string }[] = [];
  if (summary.accuracy !== undefined)
    facts.push({ term: 'Accuracy', value: `${formatShare(summary.accuracy)} (${right} of ${judged})` });
  if (summary.topFive !== undefined)
    facts.push({
      term: 'Among the first five',
      value: `${formatShare(summary.topFive)} (${Math.round(summary.topFive * labelled)} of ${labelled})`,
    });
  if (judged > 0) facts.push({ term: 'Confident and wrong', value: String(confidentlyWrong) });
  if (kind !== 'scores')
    facts.push({
      term: kind === 'multi-label' ? 'Without a label' : 'Unsure',
      value: `${unsure} of ${images}`,
    });
  if (summary.calibration)
    facts.push({ term: 'Calibration error', value: formatShare(summary.calibration.error) });
  if (notFinite > 0) facts.push({ term: 'Not finite', value: plural(notFinite, 'image') });
  if (judged === 0) facts.unshift({ term: 'Images', value: String(images) });
  return facts;
}

/** What a reader must know of what the outputs are, and of images that count in no measure. */
export function summaryNotes(summary: Summary, settings: Readonly<Record<string, unknown>>): string[] {
  const { kind, images, labelled, unmatched, outputs } = summary;
  const notes: string[] = [];
  if (kind === 'multi-label') {
    notes.push(
      `Each class has a probability of its own, and is predicted from ${formatShare(Number(settings['threshold']))}. An image is right where every class of its folder is predicted. Folders do not say which classes are absent, so there is no confusion matrix and no calibration.`,
    );
  }
  if (kind === 'binary')
    notes.push('The network has one output: the probability of the second of two classes.');
  if (kind === 'scores') {
    notes.push(
      `The network has ${outputs === 1 ? 'one output, a score' : `${outputs} outputs, scores`} without a probability: nothing is right or wrong.`,
    );
    return notes;
  }
  if (labelled === 0) {
    notes.push(
      'No image has a class of the network, so nothing says what is right. Sub-folders with the names of classes do, and `classes` of the view.',
    );
  } else if (labelled < images) {
    notes.push(
      `${plural(images - labelled, 'image')} of no class of the network ${images - labelled === 1 ? 'counts' : 'count'} in no measure.`,
    );
  }
  if (unmatched.length > 0 && labelled > 0) notes.push(`No class of the network: ${unmatched.join(', ')}.`);
  return notes;
}

/** `9 of its 10 images are predicted as this class (recall 90 %).` */
export function classSentence({ kind }: Summary, one: ClassSummary): string {
  const { images, right, predicted, recall, precision } = one;
  const many = kind === 'multi-label';
  const own =
    images === 0
      ? 'No image is expected to be of this class.'
      : `${right} of its ${plural(images, 'image')} ${right === 1 ? 'is' : 'are'} ${many ? 'given this label' : 'right'} (recall ${formatShare(recall!)}).`;
  const taken =
    predicted === 0
      ? 'It is never predicted.'
      : precision === undefined
        ? `It is predicted for ${plural(predicted, 'image')}.`
        : `Predicted for ${plural(predicted, 'image')} (precision ${formatShare(precision)}).`;
  return `${own} ${taken}`;
}
