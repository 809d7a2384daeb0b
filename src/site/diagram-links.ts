import type { LayerInfo } from '../schema/report.ts';

/** What is drawn of a layer. */
export interface Spot {
  readonly layer: LayerInfo;
  /** Its left and right edge, the middle of its roof, and the middle of its height. */
  readonly left: number;
  readonly right: number;
  readonly roof: { readonly x: number; readonly y: number };
  readonly middle: number;
}

export interface DiagramLinks {
  /** Paths from each layer to the next one, which takes its output. */
  readonly flows: readonly string[];
  /** Paths over the layers between. */
  readonly arcs: readonly string[];
}

/** Whether some layer takes the output of another than the one before it. */
export const hasBranches = (layers: readonly LayerInfo[]): boolean =>
  layers.some(
    ({ inputs }, at) =>
      inputs !== undefined && at > 0 && (inputs.length !== 1 || inputs[0] !== layers[at - 1]!.name),
  );

/** Pixels that arcs take above the layers. */
export const HEADROOM = 46;

/** @param spots in the order of the network; inputs that are not drawn are left out */
export function drawLinks(spots: readonly Spot[]): DiagramLinks {
  const byName = new Map(spots.map((spot) => [spot.layer.name, spot]));
  const flows: string[] = [];
  const arcs: string[] = [];
  for (const to of spots) {
    for (const name of to.layer.inputs ?? []) {
      const from = byName.get(name);
      if (!from) continue;
      if (from.layer.index === to.layer.index - 1) {
        if (to.left > from.right)
          flows.push(`M${round(from.right)} ${round(from.middle)}L${round(to.left)} ${round(to.middle)}`);
        continue;
      }
      const span = to.roof.x - from.roof.x;
      const y = Math.min(from.roof.y, to.roof.y) - Math.min(HEADROOM, 14 + span / 8);
      arcs.push(
        `M${round(from.roof.x)} ${round(from.roof.y)}C${round(from.roof.x)} ${round(y)} ${round(to.roof.x)} ${round(y)} ${round(to.roof.x)} ${round(to.roof.y)}`,
      );
    }
  }
  return { flows, arcs };
}

const round = (value: number): number => Math.round(value * 10) / 10;
