import type { Panel, View } from '../../../schema/report.ts';
import type { ImageIndex } from '../presentation.ts';

/** Equal for panels that say the same of an image. */
export const repeatKey = ({ image, layer, facts }: Panel): string => JSON.stringify([image, layer, facts]);

/** What one view predicts for an image. */
export interface FoundPrediction {
  readonly view: View;
  readonly panel: Panel;
}

export class ImagePredictions implements ImageIndex {
  readonly #byImage = new Map<string, FoundPrediction[]>();

  add(view: View, panels: readonly Panel[]): void {
    for (const panel of panels) {
      const { image } = panel;
      if (image === undefined) continue;
      const known = this.#byImage.get(image);
      if (!known) this.#byImage.set(image, [{ view, panel }]);
      else if (!known.some((one) => repeatKey(one.panel) === repeatKey(panel))) known.push({ view, panel });
    }
  }

  of(image: string): readonly FoundPrediction[] | undefined {
    return this.#byImage.get(image);
  }
}
