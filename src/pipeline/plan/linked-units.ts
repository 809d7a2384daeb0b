import type { Problem } from '../../errors.ts';
import { byLikeness, nearest } from '../../likeness.ts';
import type { Narrative } from '../../schema/experiment.ts';
import type { LayerInfo } from '../../schema/report.ts';

/** Links of a report's text and its chapters to units that the network does not have. */
export function checkLinkedUnits(
  { units = [], chapters }: Narrative,
  layers: readonly LayerInfo[],
): readonly Problem[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const all = [...units, ...chapters.flatMap((chapter) => chapter.units ?? [])];
  return all.flatMap(({ layer: name, filter, place }): Problem[] => {
    const layer = byName.get(name);
    if (!layer) {
      const names = [...byName.keys()];
      const near = nearest(name, names);
      return [
        {
          what: `The network has no layer \`${name}\`.`,
          place,
          ...(near !== undefined && { hint: `Did you mean \`${near}\`?` }),
          choices: byLikeness(name, names),
        },
      ];
    }
    const { filters = 0 } = layer;
    if (filter < filters) return [];
    return [
      {
        what: `Layer \`${name}\` has no filter ${filter}.`,
        place,
        why: filters === 0 ? 'It has no filters.' : `Its filters are 0 to ${filters - 1}.`,
      },
    ];
  });
}
