import type { Facts, FactsOf, ReportedPanel } from '../technique.ts';
import { attributionSchema, attributionViewSchema, IGNORES_ON_AVERAGE } from './facts.ts';
import type { AttributionFacts, AttributionViewFacts } from './facts.ts';

export const attributionFacts: FactsOf = {
  schema: attributionSchema,
  report: (facts, _, classes) => withNames(facts as AttributionFacts, classes),
  label: (facts) => ({ target: targetText(facts as AttributionFacts) }),
  view: { schema: attributionViewSchema, of: (panels) => viewFactsOf(panels) as Facts },
};

/** Classes of the model by name. */
function withNames(facts: AttributionFacts, classes: readonly string[] | undefined): Facts {
  const { target, controls, ...others } = facts;
  const nameOf = (unit: number | undefined): string | undefined =>
    target.kind === 'unit' || unit === undefined ? undefined : classes?.[unit];
  const [name, againstName] = [nameOf(target.unit), nameOf(target.against)];
  const other = controls?.otherClass;
  const otherName = nameOf(other?.unit);
  return {
    ...others,
    target: {
      ...target,
      ...(name !== undefined && { name }),
      ...(againstName !== undefined && { againstName }),
    },
    ...(controls && {
      controls: {
        ...controls,
        ...(other && { otherClass: { ...other, ...(otherName !== undefined && { name: otherName }) } }),
      },
    }),
  };
}

/** `tabby`, `class 281`, `conv5 filter 12`, `tabby less lynx`. */
function targetText({ target }: AttributionFacts): string {
  const { kind, layer, unit, name, against, againstName } = target;
  if (kind === 'unit') return `${layer} filter ${unit}`;
  const own = name ?? `class ${unit}`;
  return kind === 'difference' ? `${own} less ${againstName ?? `class ${against}`}` : own;
}

function viewFactsOf(panels: readonly ReportedPanel[]): AttributionViewFacts {
  const byLayer = new Map<string, AttributionFacts[]>();
  for (const { layer, facts } of panels) {
    const own = facts as Partial<AttributionFacts>;
    if (layer === undefined || !own.controls) continue;
    byLayer.set(layer, [...(byLayer.get(layer) ?? []), own as AttributionFacts]);
  }
  if (byLayer.size === 0) return {};
  return {
    layers: [...byLayer].map(([layer, all]) => {
      const controls = all.flatMap((facts) => facts.controls ?? []);
      const randomized = mean(controls.map((each) => each.randomized.at(-1)?.correlation));
      const areas = (kind: 'deletion' | 'insertion') => {
        const found = controls.flatMap((each) => each[kind] ?? []);
        const area = mean(found.map((each) => each.area));
        const random = mean(found.map((each) => each.random));
        return area === null || random === null ? {} : { [kind]: { area, random } };
      };
      return {
        ...{ layer, maps: all.length, randomized },
        otherClass: mean(controls.map((each) => each.otherClass?.correlation)),
        uniform: mean(controls.map((each) => each.uniform)),
        ...areas('deletion'),
        ...areas('insertion'),
        ignoresModel: randomized !== null && randomized >= IGNORES_ON_AVERAGE,
      };
    }),
  };
}

/** Of those that are numbers; null where none is. */
function mean(values: readonly (number | null | undefined)[]): number | null {
  const numbers = values.filter((value) => typeof value === 'number');
  return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}
