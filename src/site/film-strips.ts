import type { LayerInfo, Panel, View } from '../schema/report.ts';
import { isInformative } from './faces.ts';

/** One layer's panel of an image. */
export interface Frame {
  readonly layer: LayerInfo;
  readonly view: View;
  readonly panel: Panel;
}

/** Collects, view after view, one panel of each layer for each image: that in which most is to be seen. */
export class FilmStrips {
  readonly #byImage = new Map<string, Map<string, Omit<Frame, 'layer'>>>();

  constructor(private readonly layers: readonly LayerInfo[]) {}

  add(view: View, panels: readonly Panel[]): void {
    for (const panel of panels) {
      const { image, layer, kind } = panel;
      if (image === undefined || layer === undefined || kind === 'image') continue;
      if (!isInformative(panel, view.technique)) continue;
      const frames = this.#byImage.get(image) ?? new Map<string, Omit<Frame, 'layer'>>();
      this.#byImage.set(image, frames);
      const known = frames.get(layer);
      if (!known || rankOf(panel) > rankOf(known.panel)) frames.set(layer, { view, panel });
    }
  }

  /** In the order of the layers. */
  of(image: string): Frame[] {
    const frames = this.#byImage.get(image);
    return this.layers.flatMap((layer) => {
      const frame = frames?.get(layer.name);
      return frame ? [{ layer, ...frame }] : [];
    });
  }
}

/** Maps come before composites, the widest range of values first. */
function rankOf({ kind, range: [low, high] }: Panel): number {
  const width = low === null || high === null ? 0 : high - low;
  return kind === 'map' ? width : -1 / (1 + width);
}
