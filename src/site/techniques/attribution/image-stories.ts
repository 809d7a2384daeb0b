import type { Panel, View } from '../../../schema/report.ts';
import type { ImageIndex } from '../presentation.ts';
import { factsOf } from './facts.ts';
import { targetName } from './sentences.ts';

/** All maps of one method for one score of an image. */
export interface Story {
  readonly view: View;
  readonly target: string;
  /** From the first layer to the last. */
  readonly panels: readonly Panel[];
}

/** Collects, view after view, what explains the scores of each image. */
export class ImageStories implements ImageIndex {
  readonly #stories = new Map<string, Map<string, { view: View; target: string; panels: Panel[] }>>();
  readonly #layerIndex: ReadonlyMap<string, number>;

  constructor(layerIndex: ReadonlyMap<string, number>) {
    this.#layerIndex = layerIndex;
  }

  add(view: View, panels: readonly Panel[]): void {
    for (const panel of panels) {
      const { image } = panel;
      if (image === undefined) continue;
      const { target } = factsOf(panel);
      const stories = this.#stories.get(image) ?? new Map<string, never>();
      this.#stories.set(image, stories);
      const key = JSON.stringify([view.id, target]);
      const story = stories.get(key) ?? { view, target: targetName(target), panels: [] };
      story.panels.push(panel);
      stories.set(key, story);
    }
  }

  of(image: string): readonly Story[] | undefined {
    const found = this.#stories.get(image);
    const depth = ({ layer }: Panel): number =>
      layer === undefined ? -1 : (this.#layerIndex.get(layer) ?? -1);
    return (
      found &&
      [...found.values()].map((story) => ({
        ...story,
        panels: story.panels.toSorted((a, b) => depth(a) - depth(b)),
      }))
    );
  }
}
