import type { Bitmap } from '../../image/bitmap.ts';
import { bitmapOf, isIndexed } from './render-panel.ts';
import type { DrawnPanel } from './render-panel.ts';

/** Bytes that are kept for one view. */
const MOST_BYTES = 32 * 2 ** 20;

/** Panels of one view that were drawn for its sprite sheets and that its figure shows, too: their numbers are read and decoded once. */
export class DrawnPanels {
  readonly #panels = new Map<number, DrawnPanel>();
  #bytes = 0;

  /** @param count of panels that the figure shows, the first of the view */
  constructor(private readonly count: number) {}

  /** Whether all that the figure shows are here. */
  get complete(): boolean {
    return this.#panels.size === this.count;
  }

  /** @param index position in the view @param panel whose memory may be used again */
  keep(index: number, panel: DrawnPanel): void {
    const bytes = bytesOf(panel);
    if (index >= this.count || this.#bytes + bytes > MOST_BYTES || this.#panels.has(index)) return;
    this.#panels.set(index, isIndexed(panel) ? { ...panel, places: panel.places.slice() } : panel);
    this.#bytes += bytes;
  }

  /** Hands the panel over; undefined where it must be drawn again. */
  take(index: number): Bitmap | undefined {
    const panel = this.#panels.get(index);
    if (!panel) return undefined;
    this.#panels.delete(index);
    this.#bytes -= bytesOf(panel);
    return bitmapOf(panel);
  }
}

const bytesOf = (panel: DrawnPanel): number => (isIndexed(panel) ? panel.places : panel.rgb).byteLength;
