import type { Panel, View } from '../../../schema/report.ts';
import { formatNumber, plural } from '../../words.ts';
import type { ImageIndex, Presentation } from '../presentation.ts';
import { factsOf, unitsOf } from './stages.ts';

export const forwardPass: Presentation = {
  noun: 'Forward pass',
  terms: ['Feature map', 'Activation function', 'Pooling', 'Softmax'],
  title: 'Forward pass',
  settings: { maps: 'Feature maps of a layer' },
  counted: 'image',
  howToRead: () =>
    'The whole network from top to bottom: the image, the feature maps of each layer, and the values of its output. Blue is negative, white zero, red positive; each layer has a scale of its own.',
  measured: (panel) => `${plural(factsOf(panel).stages.length, 'layer')}${outcome(panel, ', ')}`,
  note: (panel) => outcome(panel, ''),
  leastWidth: 300,
  oneByOne: true,
  imageSection: {
    id: 'way',
    label: 'through the whole network',
    showsImage: false,
    collect: () => new PassesByImage(),
  },
};

/** The greatest value of the output, where it is written out. */
function outcome(panel: Panel, before: string): string {
  const last = factsOf(panel).stages.at(-1);
  const first = last?.values && unitsOf(last).find((unit) => unit.first);
  return first ? `${before}greatest output ${first.name}: ${formatNumber(first.value, 3)}` : '';
}

/** The views that show each image's way. */
class PassesByImage implements ImageIndex {
  readonly #byImage = new Map<string, View[]>();

  add(view: View, panels: readonly Panel[]): void {
    for (const { image } of panels) {
      if (image !== undefined) this.#byImage.set(image, [...(this.#byImage.get(image) ?? []), view]);
    }
  }

  of(image: string): readonly View[] | undefined {
    return this.#byImage.get(image);
  }
}
