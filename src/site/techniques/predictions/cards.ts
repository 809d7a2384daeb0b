/** The images of a view as cards: in which order, and by what they are chosen. Pure. */
import type { Panel, View } from '../../../schema/report.ts';
import type { Card, CardChoice, CardOrder } from '../../card-list.ts';
import type { ReportImage } from '../../types.ts';
import { factsOf, type PredictionFacts, type Summary } from './facts.ts';
import { formatPrediction, nameOf, predictedText, verdictNote } from './sentences.ts';

type Images = ReadonlyMap<string, ReportImage>;

export interface PredictionCards {
  readonly cards: readonly Card[];
  readonly choices: readonly CardChoice[];
  readonly orders: readonly CardOrder[];
}

/** Classes of an image that its card shows. */
const MOST_LINES = 5;

const STATES = {
  right: 'right',
  wrong: 'wrong',
  'confident-wrong': 'confident and wrong',
  unsure: 'unsure',
  unlabelled: 'without a class',
} as const;

export function predictionCards(view: View, panels: readonly Panel[], images: Images): PredictionCards {
  const summary = view.facts as unknown as Summary;
  const cards = panels.map((panel, position): Card => cardOf(panel, position, images));
  const used = (name: string): Set<string> => new Set(cards.flatMap(({ options }) => options[name] ?? []));
  const states = used('show');
  const folders = [...new Set(panels.flatMap(({ image }) => images.get(image!)?.class ?? []))];
  const choices: CardChoice[] = [
    {
      ...{ name: 'show', label: 'Show' },
      options: Object.entries(STATES).flatMap(([value, label]) =>
        states.has(value) ? [{ value, label }] : [],
      ),
    },
    {
      ...{ name: 'class', label: 'Class' },
      options: folders.map((folder) => ({ value: folder, label: folder })),
    },
    {
      ...{ name: 'as', label: 'Predicted' },
      options: summary.classes
        .filter(({ predicted }) => predicted > 0)
        .map((one) => ({ value: String(one.class), label: nameOf(one) })),
    },
  ];
  const judged = summary.right + summary.wrong > 0;
  const orders = ordersOf(summary, judged);
  const first = firstOrder(summary, judged);
  return {
    cards: cards.toSorted((a, b) => first(a) - first(b)),
    // With one option there is no choice.
    choices: choices.filter(({ options }) => options.length > 1),
    orders,
  };
}

/** Positions in a card's values. */
const CERTAINTY = 0;
const OWN = 1;
const IMAGE = 2;

function ordersOf({ kind }: Summary, judged: boolean): CardOrder[] {
  const image = { id: 'image', label: 'order of the images', of: IMAGE };
  if (kind === 'scores')
    return [
      { id: '', label: 'score, highest first' },
      { id: 'low', label: 'score, lowest first', of: CERTAINTY },
      image,
    ];
  const orders = [
    { id: 'sure', label: 'probability, highest first', of: CERTAINTY, down: true },
    { id: 'unsure', label: 'probability, lowest first', of: CERTAINTY },
  ];
  if (!judged) return [{ id: '', label: image.label }, ...orders];
  return [
    { id: '', label: 'wrong ones first' },
    ...orders,
    { id: 'expected', label: 'probability of its class, lowest first', of: OWN },
    image,
  ];
}

function firstOrder({ kind }: Summary, judged: boolean): (card: Card) => number {
  if (kind === 'scores') return ({ values }) => -values[CERTAINTY]!;
  if (!judged) return ({ values }) => values[IMAGE]!;
  // The surest of wrong ones, then the least sure of all others.
  return ({ options, values }) =>
    options['show']!.includes('wrong') ? -1 - values[CERTAINTY]! : values[CERTAINTY]!;
}

function cardOf(panel: Panel, position: number, images: Images): Card {
  const facts = factsOf(panel);
  const { predictions, expected = [] } = facts;
  const folder = images.get(panel.image!)?.class;
  const [first] = predictions;
  return {
    ...{ panel, lines: linesOf(facts), note: verdictNote(facts, folder), mark: markOf(facts) },
    options: {
      show: statesOf(facts),
      class: folder === undefined ? [] : [folder],
      as: predictedClasses(facts).map(String),
    },
    values: [
      short(first?.probability ?? first?.logit ?? 0),
      short(Math.max(-1, ...expected.map((one) => one.probability ?? 0))),
      position,
    ],
  };
}

const short = (value: number): number => Number(value.toPrecision(4));

/** Of several labels the first is not the one that is right or wrong. */
export const markOf = ({ kind, verdict }: PredictionFacts): Card['mark'] =>
  kind === 'multi-label' ? undefined : verdict;

/** The first classes of an image, as a card shows them. */
export function linesOf(facts: PredictionFacts): Card['lines'] {
  const { kind, predictions } = facts;
  if (predictions.length === 0) return [{ text: predictedText(facts), figure: '' }];
  const single = kind === 'scores' && predictions.length === 1;
  return predictions.slice(0, MOST_LINES).map((one) => ({
    text: single ? predictedText(facts) : nameOf(one),
    figure: one.probability ?? formatPrediction(one),
  }));
}

export const predictedClasses = ({ kind, predictions, labels }: PredictionFacts): readonly number[] =>
  (kind === 'multi-label' ? (labels ?? []) : predictions.slice(0, 1)).map((one) => one.class);

function statesOf({ kind, verdict, certainty, expected }: PredictionFacts): string[] {
  if (kind === 'scores') return [];
  return [
    ...(verdict === undefined ? [] : [verdict]),
    ...(verdict === 'wrong' && certainty === 'confident' ? ['confident-wrong'] : []),
    ...(certainty === 'unsure' ? ['unsure'] : []),
    ...(expected === undefined ? ['unlabelled'] : []),
  ];
}
