import type { Panel } from '../../../schema/report.ts';
import type { ReportImage } from '../../types.ts';
import type { UnitMeasure } from '../presentation.ts';
import { mainClass } from './image-patches.ts';
import { factsOf } from './patches.ts';

/** By what filters with patches can be sorted. */
export function measuresOf(panel: Panel, images: ReadonlyMap<string, ReportImage>): UnitMeasure[] {
  const { patches, classMeans = [] } = factsOf(panel);
  const activation = patches[0]?.activation ?? 0;
  const measures: UnitMeasure[] = [
    { group: 'unit', id: 'activation', label: 'strongest activation', value: activation },
  ];
  if (patches.some(({ image }) => images.get(image)?.class !== undefined)) {
    const value = (mainClass(patches, images)?.count ?? 1) / patches.length;
    measures.push({ group: 'unit', id: 'purity', label: 'patches of one class', value });
  }
  for (const { class: name, mean } of classMeans) {
    const others = classMeans.filter((other) => other.class !== name);
    const rest = others.reduce((sum, other) => sum + Math.max(0, other.mean), 0) / (others.length || 1);
    const value = selectivity(Math.max(0, mean), rest);
    measures.push({ group: 'class', id: name, label: name, value });
  }
  return measures;
}

/** (m - r) / (m + r), where m is the mean over one class and r that over the others (Morcos et al. 2018). */
function selectivity(mean: number, rest: number): number {
  return mean + rest > 0 ? (mean - rest) / (mean + rest) : 0;
}
