import type { View } from '../../../schema/report.ts';
import { formatRange } from '../../words.ts';
import type { Presentation } from '../presentation.ts';
import { factsOf, viewFactsOf } from './facts.ts';
import { ImageStories } from './image-stories.ts';
import { scoreText, targetName } from './sentences.ts';
import { settings } from './settings.ts';
import { UnitContributions } from './unit-contributions.ts';

const LAYER_MAPS = ['grad-cam', 'grad-cam++', 'hires-cam', 'layer-cam', 'score-cam'];
const SIGNED = ['gradient-x-input', 'integrated-gradients', 'occlusion'];

export const attribution: Presentation = {
  noun: 'Attribution map',
  terms: ['Attribution map', 'Score', 'Logit', 'Gradient', 'Controls', 'Rank correlation', 'Completeness'],
  title: 'Attribution',
  settings,
  unitOrder: 6,
  howToRead,
  flags: {
    'ignores-model':
      'a network with the same weights in random order gives nearly the same map: it does not show what the network has learnt',
  },
  measured(panel) {
    const facts = factsOf(panel);
    return `importance for ${targetName(facts.target)} (${scoreText(facts)}), values ${formatRange(panel.range)}`;
  },
  note: (panel) => scoreText(factsOf(panel)),
  isInformative: (panel) => panel.range[0] !== panel.range[1],
  imageSection: {
    id: 'attribution',
    label: 'what the network looks at',
    showsImage: true,
    collect: (layerIndex) => new ImageStories(layerIndex),
  },
  unitSection: { collect: (layerIndex) => new UnitContributions(layerIndex) },
};

function howToRead(view: View): string {
  const method = String(view.settings['method']);
  const map = LAYER_MAPS.includes(method)
    ? 'Each map shows which places of a layer raise the score, laid over the image'
    : 'Each map shows how much each pixel matters for the score, laid over the image';
  const signs = SIGNED.includes(method)
    ? ': one colour for places that raise it, the other for places that lower it.'
    : ': the brighter, the more.';
  const ignoring = (viewFactsOf(view).layers ?? []).filter(({ ignoresModel }) => ignoresModel);
  const warning =
    ignoring.length === 0
      ? ''
      : ` The maps of ${ignoring.map(({ layer }) => layer).join(', ')} come out nearly the same with random weights: do not take them for explanations.`;
  return `${map}${signs}${warning}`;
}
