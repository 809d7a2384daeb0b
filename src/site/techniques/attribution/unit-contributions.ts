import type { Panel, View } from '../../../schema/report.ts';
import type { UnitIndex } from '../presentation.ts';
import { factsOf } from './facts.ts';
import { targetName } from './sentences.ts';

/** How much of a score a filter stands for, over the maps that explain it. */
export interface Push {
  readonly layer: string;
  readonly filter: number;
  /** Mean of gradient x activation over all maps of the layer for that score; 0 where the filter is not among the strongest. */
  readonly mean: number;
  /** Maps in which it is among the strongest, and all. */
  readonly among: number;
  readonly of: number;
}

/** Of a unit's page. */
export interface FoundOfUnit {
  /** Scores that the filter pushes, the strongest first. */
  readonly pushes: readonly (Push & { readonly name: string })[];
  /** What pushes its own score, by layer from the deepest. */
  readonly behind: readonly {
    readonly layer: string;
    readonly up: readonly Push[];
    readonly down: readonly Push[];
  }[];
}

interface Score {
  readonly layer: string;
  readonly unit: number;
  readonly name: string;
  /** By layer of the maps. */
  readonly layers: Map<
    string,
    { maps: number; readonly filters: Map<number, { sum: number; among: number }> }
  >;
}

const MOST = 10;

/** Collects which filters stand for which scores, view after view. A map that several views have counts once. */
export class UnitContributions implements UnitIndex {
  readonly #scores = new Map<string, Score>();
  readonly #seen = new Set<string>();
  readonly #layerIndex: ReadonlyMap<string, number>;

  constructor(layerIndex: ReadonlyMap<string, number>) {
    this.#layerIndex = layerIndex;
  }

  add(_: View, panels: readonly Panel[]): void {
    for (const { layer, image, facts } of panels) {
      const { target, units } = factsOf({ facts } as Panel);
      if (layer === undefined || !units || target.kind === 'difference') continue;
      const key = JSON.stringify([target.layer, target.unit]);
      const map = JSON.stringify([key, layer, image]);
      if (this.#seen.has(map)) continue;
      this.#seen.add(map);
      const score: Score = this.#scores.get(key) ?? {
        ...{ layer: target.layer, unit: target.unit, name: targetName(target), layers: new Map() },
      };
      this.#scores.set(key, score);
      const own = score.layers.get(layer) ?? { maps: 0, filters: new Map<number, never>() };
      score.layers.set(layer, own);
      own.maps++;
      for (const { filter, contribution } of units) {
        const known = own.filters.get(filter) ?? { sum: 0, among: 0 };
        own.filters.set(filter, { sum: known.sum + contribution, among: known.among + 1 });
      }
    }
  }

  #depth(layer: string): number {
    return this.#layerIndex.get(layer) ?? -1;
  }

  of(layer: string, filter: number): FoundOfUnit | undefined {
    const pushes = [...this.#scores.values()]
      .flatMap((score) => {
        const found = pushesOf(score, layer).find((push) => push.filter === filter);
        return found ? [{ ...found, layer: score.layer, filter: score.unit, name: score.name }] : [];
      })
      .sort((a, b) => Math.abs(b.mean) - Math.abs(a.mean))
      .slice(0, MOST);
    const score = this.#scores.get(JSON.stringify([layer, filter]));
    const behind = score
      ? [...score.layers.keys()]
          .sort((a, b) => this.#depth(b) - this.#depth(a))
          .flatMap((name) => {
            const all = pushesOf(score, name);
            const up = all.filter(({ mean }) => mean > 0).slice(0, MOST);
            const down = all
              .filter(({ mean }) => mean < 0)
              .slice(-MOST)
              .reverse();
            return up.length + down.length > 0 ? [{ layer: name, up, down }] : [];
          })
      : [];
    return pushes.length + behind.length > 0 ? { pushes, behind } : undefined;
  }
}

/** Of one layer, the greatest mean first. */
function pushesOf({ layers }: Score, layer: string): Push[] {
  const own = layers.get(layer);
  if (!own) return [];
  return [...own.filters]
    .map(([filter, { sum, among }]) => ({ layer, filter, mean: sum / own.maps, among, of: own.maps }))
    .sort((a, b) => b.mean - a.mean || a.filter - b.filter);
}
