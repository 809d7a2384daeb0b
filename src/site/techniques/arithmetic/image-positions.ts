import type { Panel, View } from '../../../schema/report.ts';
import type { ImageIndex } from '../presentation.ts';

/** A panel whose numbers are those of an image. */
export interface ShownPosition {
  readonly view: View;
  readonly panel: Panel;
}

/** What is written out of each image. */
export class ImageArithmetic implements ImageIndex {
  readonly #byImage = new Map<string, ShownPosition[]>();

  add(view: View, panels: readonly Panel[]): void {
    for (const panel of panels) {
      if (panel.image === undefined) continue;
      const known = this.#byImage.get(panel.image);
      if (known) known.push({ view, panel });
      else this.#byImage.set(panel.image, [{ view, panel }]);
    }
  }

  of(image: string): readonly ShownPosition[] | undefined {
    return this.#byImage.get(image);
  }
}
