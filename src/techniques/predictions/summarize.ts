import type { Facts, ReportedPanel, ReportedView } from '../technique.ts';
import type { Calibration, ClassSummary, OutputKind, PredictionFacts, Summary } from './facts.ts';

const BINS = 10;
/** Images that are named of each class. */
const MOST_NAMED = 5;
/** Classes that the accuracy of five counts among. */
const FIVE = 5;

/** One image with what was found of it. */
interface Judged extends PredictionFacts {
  readonly image: string;
  readonly folder: string | undefined;
}

/** @param panels one for each image */
export function summarize(panels: readonly ReportedPanel[], { layers }: ReportedView): Summary & Facts {
  const [{ facts, layer: logits = '' } = { facts: {} }] = panels;
  const { kind = 'scores' } = facts as Partial<PredictionFacts>;
  const outputs = layers.find(({ name }) => name === logits)!.outputShape.at(-1)!;
  const all = panels.map(({ image, facts }): Judged => ({
    ...(facts as unknown as PredictionFacts),
    image: image!.id,
    folder: image!.class,
  }));
  const judged = all.filter(({ verdict }) => verdict !== undefined);
  const expected = all.filter(({ expected: of }) => of !== undefined);
  const right = judged.filter(({ verdict }) => verdict === 'right');
  const wrong = judged.filter(({ verdict }) => verdict === 'wrong');
  const isOneOf = kind === 'single-label' || kind === 'binary';
  const count = kind === 'binary' ? 2 : outputs;
  const folders = foldersOf(expected);
  const matched = new Set(folders.map(({ folder }) => folder));
  return {
    ...{ kind, logits, outputs, images: all.length, labelled: expected.length },
    ...{ right: right.length, wrong: wrong.length },
    confidentlyWrong: wrong.filter(({ certainty }) => certainty === 'confident').length,
    unsure: all.filter(({ certainty }) => certainty === 'unsure').length,
    notFinite: all.filter(({ predictions }) => predictions.length === 0).length,
    ...(judged.length > 0 && { accuracy: right.length / judged.length }),
    ...(isOneOf && count > FIVE && expected.length > 0 && { topFive: shareOf(expected, isAmongFive) }),
    folders,
    unmatched: [
      ...new Set(all.flatMap(({ folder }) => (folder === undefined || matched.has(folder) ? [] : [folder]))),
    ],
    classes: kind === 'scores' ? [] : classesOf(all, kind),
    ...(isOneOf &&
      judged.length > 0 && { confusion: confusionOf(judged, folders), calibration: calibrate(judged) }),
  };
}

const shareOf = (all: readonly Judged[], is: (one: Judged) => boolean): number =>
  all.filter(is).length / all.length;

const isAmongFive = ({ expected = [] }: Judged): boolean => expected.some(({ rank }) => rank <= FIVE);

/** In the order of their classes. */
function foldersOf(expected: readonly Judged[]): Summary['folders'] {
  const found = new Map<string, Summary['folders'][number]>();
  for (const { folder, expected: of = [] } of expected) {
    if (folder === undefined) continue;
    const known = found.get(folder);
    if (known) known.images += 1;
    else found.set(folder, { folder, classes: of.map((each) => each.class), images: 1 });
  }
  return [...found.values()].sort((a, b) => Math.min(...a.classes) - Math.min(...b.classes));
}

function predictedOf(
  { predictions, labels }: Judged,
  kind: OutputKind,
): readonly { class: number; name?: string | undefined }[] {
  return kind === 'multi-label' ? (labels ?? []) : predictions.slice(0, 1);
}

function classesOf(all: readonly Judged[], kind: OutputKind): ClassSummary[] {
  const names = new Map<number, string | undefined>();
  const images = new Map<number, Judged[]>();
  const predicted = new Map<number, Judged[]>();
  const note = (
    into: Map<number, Judged[]>,
    one: Judged,
    { class: each, name }: { class: number; name?: string | undefined },
  ): void => {
    names.set(each, name);
    into.set(each, [...(into.get(each) ?? []), one]);
  };
  for (const one of all) {
    for (const each of one.expected ?? []) note(images, one, each);
    for (const each of predictedOf(one, kind)) note(predicted, one, each);
  }
  return [...names.keys()]
    .sort((a, b) => a - b)
    .map((each): ClassSummary => {
      const name = names.get(each);
      const own = byLogit(
        images.get(each) ?? [],
        (one) => one.expected!.find((of) => of.class === each)!.logit,
      );
      const taken = predicted.get(each) ?? [];
      const isOwn = ({ expected = [] }: Judged): boolean => expected.some((of) => of.class === each);
      const isRight = (one: Judged): boolean =>
        kind === 'multi-label' ? one.labels!.some((of) => of.class === each) : one.verdict === 'right';
      const right = own.filter(isRight).length;
      const labelled = taken.filter(({ expected }) => expected !== undefined);
      return {
        class: each,
        ...(name === undefined ? {} : { name }),
        ...{ images: own.length, right, predicted: taken.length },
        ...(own.length > 0 && { recall: right / own.length }),
        ...(labelled.length > 0 && kind !== 'multi-label' && { precision: shareOf(labelled, isOwn) }),
        best: idsOf(own),
        worst: idsOf(own.toReversed()),
        mistaken: idsOf(
          byLogit(
            labelled.filter((one) => !isOwn(one)),
            (one) => logitOf(one, each),
          ),
        ),
      };
    });
}

const logitOf = ({ predictions }: Judged, of: number): number =>
  predictions.find((each) => each.class === of)?.logit ?? -Infinity;

const byLogit = (all: readonly Judged[], logit: (one: Judged) => number): Judged[] =>
  [...all].sort((a, b) => logit(b) - logit(a));

const idsOf = (all: readonly Judged[]): string[] => all.slice(0, MOST_NAMED).map(({ image }) => image);

function confusionOf(
  judged: readonly Judged[],
  folders: Summary['folders'],
): NonNullable<Summary['confusion']> {
  return folders.flatMap(({ folder, classes }) => {
    const counts = new Map<number, number>();
    for (const { folder: own, predictions } of judged) {
      if (own !== folder) continue;
      const predicted = predictions[0]!.class;
      counts.set(predicted, (counts.get(predicted) ?? 0) + 1);
    }
    return [...counts]
      .sort(([a], [b]) => a - b)
      .map(([predicted, count]) => ({ folder, predicted, count, right: classes.includes(predicted) }));
  });
}

/** Expected calibration error over bins of equal width (Guo et al. 2017): Σ |bin| / n · |accuracy(bin) - confidence(bin)|. */
function calibrate(judged: readonly Judged[]): Calibration {
  const confidenceOf = ({ predictions }: Judged): number => predictions[0]!.probability!;
  const binOf = (one: Judged): number => Math.max(0, Math.ceil(confidenceOf(one) * BINS) - 1);
  const bins = Array.from({ length: BINS }, (_, index) => {
    const own = judged.filter((one) => binOf(one) === index);
    const confidence = own.reduce((sum, one) => sum + confidenceOf(one), 0) / own.length;
    return {
      ...{ from: index / BINS, to: (index + 1) / BINS, count: own.length },
      ...(own.length > 0 && {
        confidence,
        accuracy: shareOf(own, ({ verdict }) => verdict === 'right'),
      }),
    };
  });
  const error = bins.reduce(
    (sum, { count, confidence = 0, accuracy = 0 }) =>
      sum + (count / judged.length) * Math.abs(accuracy - confidence),
    0,
  );
  return { error, bins };
}
