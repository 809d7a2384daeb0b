import { outsideOf } from '../../../schema/outside.ts';
import type { Box, Panel } from '../../../schema/report.ts';
import type { Patch, PatchFacts, PatchPosition } from '../../../techniques/patches/facts.ts';
import type { Part } from '../../types.ts';

/** What pages show of the patches that excite filters. Pure. */

/** A patch, and where its image and its projection lie. */
export interface ShownPatch extends Omit<Patch, 'at' | 'projectionAt' | 'values'> {
  /** As in the panel: relative to the report. */
  readonly src: string;
  readonly part: Part;
  readonly projection?: Part;
  /** The projection's numbers, float32 .npy. */
  readonly values?: string;
}

export interface ShownFacts extends Omit<PatchFacts, 'patches'> {
  readonly patches: readonly ShownPatch[];
}

/** The same patch is the same object each time. */
const shown = new WeakMap<Panel, ShownFacts>();

export function factsOf(panel: Panel): ShownFacts {
  const known = shown.get(panel);
  if (known) return known;
  const facts = panel.facts as PatchFacts;
  const made = { ...facts, patches: facts.patches.map((patch) => show(patch, panel)) };
  shown.set(panel, made);
  return made;
}

function show({ at, projectionAt, values, ...patch }: Patch, panel: Panel): ShownPatch {
  const file = values === undefined ? undefined : panel.files?.[values];
  return {
    ...patch,
    src: panel.src,
    part: partAt(at, panel),
    ...(projectionAt ? { projection: partAt(projectionAt, panel) } : {}),
    ...(file ? { values: file.src } : {}),
  };
}

function partAt({ x, y, width, height }: Box, { crop, sheet, ...panel }: Panel): Part {
  return {
    crop: { x: (crop?.x ?? 0) + x, y: (crop?.y ?? 0) + y, width, height },
    sheet: sheet ?? { width: panel.width, height: panel.height },
    ...{ width, height },
  };
}

/** Where lines along an image's edges mark that a place's receptive field goes on outside: the path of an SVG in its pixels. */
export function outsideEdges(place: Pick<PatchPosition, 'box' | 'receptiveField'>): string | undefined {
  const { x, y, width, height } = place.box;
  const { top, right, bottom, left } = outsideOf(place);
  const lines = [
    top > 0 ? `M${x} ${y}h${width}` : '',
    right > 0 ? `M${x + width} ${y}v${height}` : '',
    bottom > 0 ? `M${x} ${y + height}h${width}` : '',
    left > 0 ? `M${x} ${y}v${height}` : '',
  ].join('');
  return lines === '' ? undefined : lines;
}

/** All patches of a panel, or all projections, as one cut: the grid that the panel shows of them. */
export function blockPart(panel: Panel, what: 'patches' | 'projections'): Part | undefined {
  const shown = factsOf(panel).patches.flatMap(({ part, projection }) =>
    what === 'patches' ? [part] : projection ? [projection] : [],
  );
  const crops = shown.flatMap(({ crop }) => crop ?? []);
  if (crops.length === 0) return undefined;
  const x = Math.min(...crops.map((crop) => crop.x));
  const y = Math.min(...crops.map((crop) => crop.y));
  const width = Math.max(...crops.map((crop) => crop.x + crop.width)) - x;
  const height = Math.max(...crops.map((crop) => crop.y + crop.height)) - y;
  return { crop: { x, y, width, height }, sheet: shown[0]!.sheet, width, height };
}

/**
 * The blocks of several panels, all as large as the fullest: filters that few images excite keep their patches in scale. A block
 * ends where its panel does.
 */
export function equalBlocks(panels: readonly Panel[], what: 'patches' | 'projections'): (Part | undefined)[] {
  const blocks = panels.map((panel) => blockPart(panel, what));
  const width = Math.max(0, ...blocks.map((block) => block?.width ?? 0));
  const height = Math.max(0, ...blocks.map((block) => block?.height ?? 0));
  return blocks.map((block, index) => {
    if (!block?.crop) return undefined;
    const { x, y } = block.crop;
    const panel = panels[index]!;
    const from = panel.crop ?? { x: 0, y: 0 };
    const size = {
      width: Math.min(width, from.x + panel.width - x),
      height: Math.min(height, from.y + panel.height - y),
    };
    return { ...block, ...size, crop: { x, y, ...size } };
  });
}

/** A panel as the face of a card: of patches and projections only the patches. */
export function facePart(panel: Panel): Part {
  return blockPart(panel, 'patches') ?? panel;
}
