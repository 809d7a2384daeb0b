import type { AttributionFacts, AttributionViewFacts } from '../../../techniques/attribution/facts.ts';
import type { Panel, View } from '../../../schema/report.ts';

/** Checked when the report was read. */
export const factsOf = ({ facts }: Panel): AttributionFacts => facts as AttributionFacts;
export const viewFactsOf = ({ facts }: View): AttributionViewFacts => (facts ?? {}) as AttributionViewFacts;
