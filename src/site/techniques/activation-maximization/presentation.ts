import type { Panel, View } from '../../../schema/report.ts';
import { formatNumber, formatRatio, formatTimes, type FLAGS } from '../../words.ts';
import type { ImageIndex, Presentation } from '../presentation.ts';
import { factsOf } from './facts.ts';
import { settings } from './settings.ts';

/** Dreams of early layers are a few pixels large; they are looked at beside those of deep ones. */
const LEAST_WIDTH = 160;

const flags: Exclude<Presentation['flags'], undefined> & Partial<typeof FLAGS> = {
  dead: 'no activation found after all restarts',
  unconverged: 'the objective was still rising when the steps ended',
};

export const activationMaximization: Presentation = {
  noun: 'Preferred input',
  terms: ['Activation maximization', 'Objective', 'Activation', 'Unconverged', 'Dead'],
  title: 'Dreams',
  showpiece: {
    rank: 2,
    caption: (network) =>
      `What activates a unit of ${network} most? These images began as noise and were changed, step by step, until the unit was as active as it could get.`,
  },
  settings,
  unitOrder: 1,
  howToRead: ({ settings }) =>
    settings['negative'] === true
      ? 'Each panel is an image made for one unit: its pixels were changed until the activation of the unit was as low as it could get.'
      : 'Each panel is an image made for one unit: its pixels were changed until the activation of the unit was as high as it could get. Below it is that activation as a multiple of the highest among the images of the report.',
  flags,
  measured(panel) {
    const { activation, score } = factsOf(panel);
    const reached = activation === null ? 'no finite activation' : `activation ${formatNumber(activation)}`;
    return score === undefined ? reached : `${reached}, ${formatTimes(score)} the best image’s`;
  },
  note(panel) {
    const { activation, score } = factsOf(panel);
    if (score !== undefined) return `${formatRatio(score)} × best image`;
    return activation === null ? '' : `activation ${formatNumber(activation, 3)}`;
  },
  curve: (panel) => factsOf(panel).curve,
  detail: 'photographs',
  leastWidth: LEAST_WIDTH,
  oneByOne: true,
  measures(panel) {
    const { score } = factsOf(panel);
    return score === undefined
      ? []
      : [{ group: 'unit', id: 'dream', label: 'dream, compared with the best image', value: score }];
  },
  searchWords: ({ flags: found = [] }) => found.filter((flag) => flag === 'dead' || flag === 'unconverged'),
  isInformative: ({ flags: found = [], range }) => !found.includes('dead') && range[0] !== range[1],
  imageSection: {
    id: 'rivals',
    label: 'dreams compared with it',
    showsImage: false,
    collect: () => new Rivals(),
  },
};

/** A dream for which an image is the best real one. */
export interface Rival {
  readonly view: View;
  readonly panel: Panel;
}

class Rivals implements ImageIndex {
  readonly #byImage = new Map<string, Rival[]>();

  add(view: View, panels: readonly Panel[]): void {
    for (const panel of panels) {
      const { best } = factsOf(panel);
      // What does not excite the unit comes near nothing.
      if (!best || best.activation <= 0) continue;
      const known = this.#byImage.get(best.image);
      if (known) known.push({ view, panel });
      else this.#byImage.set(best.image, [{ view, panel }]);
    }
  }

  of(image: string): readonly Rival[] | undefined {
    return this.#byImage.get(image);
  }
}
