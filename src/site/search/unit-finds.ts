import type { Panel, View } from '../../schema/report.ts';
import { presentationOf } from '../techniques/table.ts';
import type { ReportImage } from '../types.ts';

/** Classes of a unit's patches that are named, the most frequent first. */
const MOST_CLASSES = 3;
/** A class of fewer of a unit's patches says little of it. */
const LEAST_PERCENT = 20;

/** By what a unit is found, beside its layer and number. */
export interface UnitFind {
  /** Classes of the images it is most active on, with their share in percent, the greatest first. */
  readonly percents: readonly (readonly [name: string, percent: number])[];
  readonly words: ReadonlySet<string>;
}

interface FoundUnit extends UnitFind {
  readonly layer: string;
  readonly filter: number;
  readonly words: Set<string>;
}

const NOTHING: UnitFind = { percents: [], words: new Set() };

/** Collects, view after view, by what the units of a report are found. */
export class UnitFinds {
  readonly #byUnit = new Map<string, FoundUnit>();

  constructor(private readonly images: ReadonlyMap<string, ReportImage>) {}

  /** @param panels of one view, or a part of them */
  add({ technique }: View, panels: readonly Panel[]): void {
    const { searchWords, strongestImages } = presentationOf(technique);
    if (!searchWords && !strongestImages) return;
    for (const panel of panels) {
      const { layer, filter } = panel;
      if (layer === undefined || filter === undefined) continue;
      const key = keyOf(layer, filter);
      const known = this.#byUnit.get(key) ?? { layer, filter, percents: [], words: new Set() };
      const percents = this.#percentsOf(strongestImages?.(panel) ?? []);
      for (const word of searchWords?.(panel) ?? []) known.words.add(word);
      this.#byUnit.set(key, { ...known, percents: percents.length > 0 ? percents : known.percents });
    }
  }

  of(layer: string, filter: number): UnitFind {
    return this.#byUnit.get(keyOf(layer, filter)) ?? NOTHING;
  }

  /** Units of whose strongest patches a class has a share, the greatest first. */
  selectiveFor(
    name: string,
  ): { readonly layer: string; readonly filter: number; readonly percent: number }[] {
    return [...this.#byUnit.values()]
      .flatMap(({ layer, filter, percents }) =>
        percents.flatMap(([each, percent]) => (each === name ? [{ layer, filter, percent }] : [])),
      )
      .sort((a, b) => b.percent - a.percent);
  }

  #percentsOf(ids: readonly string[]): UnitFind['percents'] {
    const counts = new Map<string, number>();
    for (const id of ids) {
      const name = this.images.get(id)?.class;
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return [...counts]
      .map(([name, count]) => [name, Math.round((100 * count) / ids.length)] as const)
      .filter(([, percent]) => percent >= LEAST_PERCENT)
      .sort((one, other) => other[1] - one[1])
      .slice(0, MOST_CLASSES);
  }
}

const keyOf = (layer: string, filter: number): string => `${filter} ${layer}`;
