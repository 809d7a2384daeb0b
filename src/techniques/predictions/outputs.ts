import type { ClassHead } from '../../model/class-head.ts';
import { noClassesProblem } from '../no-classes.ts';
import type { PlanningContext } from '../technique.ts';
import type { OutputKind } from './facts.ts';

/** What the outputs of a network are, and which settings of predictions apply to them. */

export const PROBABILITIES = ['softmax', 'sigmoid', 'none'] as const;
export type Probabilities = (typeof PROBABILITIES)[number];

/** Settings of a view, as far as they depend on what outputs are. */
interface OutputSettings {
  readonly probabilities?: Probabilities | undefined;
  readonly confident?: number | undefined;
  readonly unsure?: number | undefined;
  readonly threshold?: number | undefined;
}

/** Undefined with a problem where the network is no classifier. */
export function headOf({ classHead, layers, problem }: PlanningContext): ClassHead | undefined {
  if (classHead) return classHead;
  const maps =
    'Predictions need a classifier, which `include_top: false` leaves out. For maps without one, use `feature-maps` or `top-patches`.';
  problem('technique', noClassesProblem(layers, maps));
  return undefined;
}

export function probabilitiesOf(
  { probabilities: requested }: OutputSettings,
  { activation, units }: ClassHead,
  { problem }: PlanningContext,
): Probabilities {
  const own = activation ?? (units === 1 ? 'none' : 'softmax');
  if (requested === undefined || requested === own) return own;
  if (activation !== undefined) {
    problem('probabilities', {
      what: `\`probabilities: ${requested}\` does not apply to this network.`,
      why: `The network's own last activation is ${activation}.`,
      hint: 'Leave `probabilities` out.',
    });
    return own;
  }
  if (requested === 'softmax' && units === 1) {
    problem('probabilities', {
      what: '`probabilities: softmax` needs several outputs, and the network has one.',
      hint: 'For two classes by one logit, write `sigmoid`.',
      choices: ['sigmoid', 'none'],
    });
  }
  return requested;
}

export function kindOf(probabilities: Probabilities, units: number): OutputKind {
  if (probabilities === 'none') return 'scores';
  if (probabilities === 'softmax') return 'single-label';
  return units === 1 ? 'binary' : 'multi-label';
}

const KIND_WORDS: Readonly<Record<OutputKind, string>> = {
  'single-label': 'one class out of several',
  binary: 'one of two classes',
  'multi-label': 'any number of classes at once',
  scores: 'scores without probabilities',
};

/** Refuses limits that do not apply to such outputs. */
export function checkLimits(requested: OutputSettings, kind: OutputKind, { problem }: PlanningContext): void {
  const applies = {
    confident: kind !== 'scores',
    unsure: kind === 'single-label' || kind === 'binary',
    threshold: kind === 'multi-label',
  };
  for (const key of ['confident', 'unsure', 'threshold'] as const) {
    if (requested[key] === undefined || applies[key]) continue;
    problem(key, {
      what: `\`${key}\` does not apply to this network.`,
      why: `Its outputs are ${KIND_WORDS[kind]}.`,
      hint: `Leave \`${key}\` out.`,
    });
  }
  const { confident, unsure } = limitsOf(requested, kind === 'binary' ? 2 : 3);
  if (requested.unsure !== undefined && applies.unsure && unsure > confident) {
    problem('unsure', {
      what: `\`unsure\` (${unsure}) is greater than \`confident\` (${confident}).`,
      hint: 'A prediction cannot be both: choose a smaller `unsure`.',
    });
  }
}

export function limitsOf({ confident = 0.9, unsure, threshold = 0.5 }: OutputSettings, classes: number) {
  return { confident, unsure: unsure ?? Math.min(confident, classes === 2 ? 0.75 : 0.5), threshold };
}

/** A single unit's name is that of the class it speaks for. */
export const twoNames = (classes: readonly string[] | undefined): readonly string[] | undefined =>
  classes?.length === 1 ? [`not ${classes[0]!}`, classes[0]!] : undefined;

/** Two classes without names of their own are called by the folders that stand for them. */
export function namesByFolder(
  expected: ReadonlyMap<string, readonly number[]>,
  known: readonly string[] | undefined,
): readonly string[] | undefined {
  if (known) return known;
  const names = [0, 1].map((each) =>
    [...expected].flatMap(([folder, classes]) => (classes.includes(each) ? [folder] : [])).join(', '),
  );
  return names.every((name) => name !== '') ? names : undefined;
}
