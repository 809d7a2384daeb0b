import type { BuildDifference } from './builds.ts';
import { shortJson } from './difference.ts';
import type { NetworkDifference, Changed } from './networks.ts';
import type { ChangedSetting } from './settings.ts';

/** Lines for people; an empty list where nothing differs. */

/** Of long lists. */
const SHOWN = 20;

const number = (value: number): string =>
  Number.isFinite(value) ? value.toExponential(1) : 'not comparable';

function shortened(lines: readonly string[]): readonly string[] {
  return lines.length > SHOWN ? [...lines.slice(0, SHOWN), `  … and ${lines.length - SHOWN} more`] : lines;
}

const only = (side: string, names: readonly string[], what: string): readonly string[] =>
  names.length > 0
    ? [`${what} only in ${side}: ${names.length}`, ...shortened(names.map((name) => `  ${name}`))]
    : [];

const changes = (changed: readonly Changed[]): readonly string[] =>
  changed.length > 0
    ? [`Changed: ${changed.length}`, ...shortened(changed.map(({ what, a, b }) => `  ${what}: ${a} -> ${b}`))]
    : [];

export function describeNetworks(
  { onlyA, onlyB, changed, weights, compared }: NetworkDifference,
  [a, b]: readonly [string, string],
): readonly string[] {
  return [
    ...only(a, onlyA, 'Layers'),
    ...only(b, onlyB, 'Layers'),
    ...changes(changed),
    ...(weights.length > 0
      ? [
          `Weights that differ: ${weights.length} of ${compared} layers (most: of the greatest weight; whole: of the norm)`,
          ...shortened(
            weights.map(
              ({ layer, most, whole }) => `  ${layer}: most ${number(most)}, whole ${number(whole)}`,
            ),
          ),
        ]
      : []),
  ];
}

export function describeSettings(
  settings: readonly ChangedSetting[],
  [a, b]: readonly [string, string],
): readonly string[] {
  const onlyA = settings.filter((one) => one.b === undefined && hasParts(one.a));
  const onlyB = settings.filter((one) => one.a === undefined && hasParts(one.b));
  const others = settings.filter((one) => !onlyA.includes(one) && !onlyB.includes(one));
  const pathOf = ({ path }: ChangedSetting): string => path;
  return [
    ...only(a, onlyA.map(pathOf), 'Settings'),
    ...only(b, onlyB.map(pathOf), 'Settings'),
    ...(others.length > 0
      ? [
          `Settings that differ: ${others.length}`,
          ...shortened(others.map((one) => `  ${one.path}: ${shortJson(one.a)} -> ${shortJson(one.b)}`)),
        ]
      : []),
  ];
}

/** A view, a layer or the like: its name says which. */
const hasParts = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function describeBuilds(
  { onlyA, onlyB, changed, views, drawnOtherwise }: BuildDifference,
  [a, b]: readonly [string, string],
): readonly string[] {
  return [
    ...only(a, onlyA, 'Reports and views'),
    ...only(b, onlyB, 'Reports and views'),
    ...changes(changed),
    ...(views.length > 0
      ? [
          `Views that differ: ${views.length}`,
          ...shortened(
            views.map(
              (view) =>
                `  ${view.report}/${view.view}: ${view.panels} of ${view.of} panels, most ${number(view.most)}` +
                (view.onlyA + view.onlyB > 0
                  ? `; ${view.onlyA} only in ${a}, ${view.onlyB} only in ${b}`
                  : ''),
            ),
          ),
        ]
      : []),
    ...(drawnOtherwise.length > 0
      ? [
          `Same numbers, drawn otherwise: ${drawnOtherwise.length}`,
          ...shortened(drawnOtherwise.map((name) => `  ${name}`)),
        ]
      : []),
  ];
}
