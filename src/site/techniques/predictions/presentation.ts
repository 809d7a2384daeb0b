import type { Presentation } from '../presentation.ts';
import { predictedClasses } from './cards.ts';
import { factsOf, summaryOf } from './facts.ts';
import { ImagePredictions, repeatKey } from './images.ts';
import { expectedNames, measuredText, predictedFigure } from './sentences.ts';
import { settings } from './settings.ts';

export const predictions: Presentation = {
  noun: 'Prediction',
  terms: [
    'Logit',
    'Softmax',
    'Probability',
    'Confident',
    'Accuracy',
    'Confusion matrix',
    'Calibration error',
    'Precision',
    'Recall',
  ],
  title: 'Predictions',
  settings,
  unitOrder: 0,
  howToRead(view) {
    const { kind, labelled } = summaryOf(view);
    if (kind === 'scores') return 'What the network gives for each image.';
    const what =
      kind === 'multi-label'
        ? 'The classes that the network predicts for each image.'
        : 'The class that the network predicts for each image, and how sure it is.';
    return labelled > 0 ? `${what} Right is what has the name of the image’s class.` : what;
  },
  measured: (panel) => measuredText(factsOf(panel)),
  note(panel) {
    const facts = factsOf(panel);
    const { verdict, certainty } = facts;
    if (verdict === 'wrong') return `wrong, not ${expectedNames(facts)}`;
    return [verdict, certainty].filter(Boolean).join(', ') || predictedFigure(facts);
  },
  detail: 'photographs',
  withoutRepeats(panels) {
    const seen = new Set<string>();
    return panels.filter((panel) => {
      const key = repeatKey(panel);
      return !seen.has(key) && seen.add(key);
    });
  },
  units(panel) {
    const facts = factsOf(panel);
    if (facts.kind === 'binary') return [0];
    return [...new Set([...predictedClasses(facts), ...(facts.expected ?? []).map((one) => one.class)])];
  },
  imageSection: {
    id: 'prediction',
    label: 'prediction',
    showsImage: true,
    first: true,
    collect: () => new ImagePredictions(),
  },
};
