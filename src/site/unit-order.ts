/** In which orders a layer's page can show its units, from what the presentations of techniques measure. Pure. */
import type { ReportImage, ViewPanels } from './facets.ts';
import type { UnitMeasure } from './techniques/presentation.ts';
import { presentationOf } from './techniques/table.ts';
import { RANK_DIGITS } from './viewer/panel-data.ts';

export interface UnitOrders {
  /** Ascending. */
  readonly units: readonly number[];
  /** Those without any activation. */
  readonly dead: readonly number[];
  readonly orders: readonly UnitOrder[];
  /** Of each unit those that are most like it, nearest first; undefined where that is known of none. */
  readonly nearest: readonly (readonly number[])[] | undefined;
}

export interface UnitOrder extends Pick<UnitMeasure, 'group' | 'label'> {
  /** Of the address. */
  readonly id: string;
  /** As `OrderData` has them; units without a value come last. */
  readonly ranks: string;
}

const MOST_RANKS = 36 ** RANK_DIGITS;
/** Characters of all ranks together: they are loaded as one. Orders by single images are left out first, then those by class. */
const MOST_CHARACTERS = 24_000;
const LEAST_UNITS = 4;

/** Words of the search that say that a unit has no activation. */
const DEAD = new Set(['dead', 'silent']);

/** @param perView the panels of a layer, view by view; undefined where its units have no order but their number */
export function unitOrders(
  perView: readonly ViewPanels[],
  images: ReadonlyMap<string, ReportImage>,
): UnitOrders | undefined {
  const found = new Map<string, { measure: UnitMeasure; values: Map<number, number> }>();
  const nearest = new Map<number, readonly number[]>();
  const units = new Set<number>();
  const dead = new Set<number>();
  const active = new Set<number>();
  for (const { view, panels } of perView) {
    const presentation = presentationOf(view.technique);
    for (const panel of panels) {
      const { filter } = panel;
      if (filter === undefined) continue;
      units.add(filter);
      const words = [...(presentation.searchWords?.(panel) ?? []), ...(panel.flags ?? [])];
      if (words.some((word) => DEAD.has(word))) dead.add(filter);
      else if (presentation.measuresFilters && (panel.range[1] ?? 0) > 0) active.add(filter);
      for (const measure of presentation.measures?.(panel, images) ?? []) {
        const key = `${measure.group}:${measure.id}`;
        const known = found.get(key) ?? { measure, values: new Map<number, number>() };
        known.values.set(filter, Math.max(measure.value, known.values.get(filter) ?? -Infinity));
        found.set(key, known);
      }
      const like = presentation.nearest?.(panel) ?? [];
      if (like.length > 0)
        nearest.set(
          filter,
          like.map((other) => other.filter),
        );
    }
  }
  const all = [...units].sort((a, b) => a - b);
  if (all.length < LEAST_UNITS || all.length > MOST_RANKS) return undefined;
  const most = Math.floor(MOST_CHARACTERS / (all.length * RANK_DIGITS));
  const orders = [...found]
    .filter(([, { values }]) => new Set(values.values()).size > 1)
    .map(([id, { measure, values }]) => ({ id, measure, values }))
    .sort((a, b) => GROUPS.indexOf(a.measure.group) - GROUPS.indexOf(b.measure.group))
    .slice(0, most)
    .map(({ id, measure: { group, label }, values }) => ({ id, group, label, ranks: ranksOf(all, values) }));
  return {
    units: all,
    // What fires on some image of the page is not dead, whatever it does on others.
    dead: all.filter((unit) => dead.has(unit) && !active.has(unit)),
    orders,
    nearest: nearest.size > 0 ? all.map((unit) => nearest.get(unit) ?? []) : undefined,
  };
}

export const GROUPS: readonly UnitMeasure['group'][] = ['unit', 'class', 'image'];

function ranksOf(units: readonly number[], values: ReadonlyMap<number, number>): string {
  const sorted = [...new Set(values.values())].sort((a, b) => b - a);
  const rank = new Map(sorted.map((value, index) => [value, index]));
  return units
    .map((unit) => {
      const value = values.get(unit);
      const at = value === undefined ? MOST_RANKS - 1 : Math.min(rank.get(value)!, MOST_RANKS - 1);
      return at.toString(36).padStart(RANK_DIGITS, '0');
    })
    .join('');
}
