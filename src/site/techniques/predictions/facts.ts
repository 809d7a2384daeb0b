import type { Panel, View } from '../../../schema/report.ts';
import type { PredictionFacts, Summary } from '../../../techniques/predictions/facts.ts';

export type {
  Calibration,
  ClassSummary,
  OutputKind,
  Prediction,
  PredictionFacts,
  Summary,
} from '../../../techniques/predictions/facts.ts';

export const factsOf = ({ facts }: Panel): PredictionFacts => facts as unknown as PredictionFacts;
export const summaryOf = ({ facts }: View): Summary => facts as unknown as Summary;
