import type { Frames, Panel } from '../../../schema/report.ts';
import type { DreamFacts } from '../../../techniques/dreams/facts.ts';

export const factsOf = ({ facts }: Panel): DreamFacts => facts as DreamFacts;

/** How the image came to be; undefined where that was not asked for. */
export function framesOf({ files }: Panel): Frames | undefined {
  const file = files?.['frames'];
  return file?.kind === 'frames' ? file : undefined;
}
