import type { Report } from '../schema/report.ts';
import { SiteData } from './data.ts';
import { reportContents } from './descriptions.ts';
import { pixelLimit } from './measures.ts';
import { presentationOf } from './techniques/table.ts';
import type { Part } from './types.ts';

/** As many as its row has room for. */
const PANELS = 4;

interface CoverPart {
  readonly src: string;
  readonly crop?: Part['crop'];
  readonly pixels: boolean;
}

/**
 * What the preview of a report shows: the panels of its card in the gallery.
 * @param dataDir where its lists of panels lie
 */
export async function chooseCover(
  report: Report,
  dataDir: string,
): Promise<{ line: string; parts: CoverPart[] }> {
  const panels = await new SiteData(dataDir).cover(report, PANELS);
  const parts = panels.map(({ panel, technique }): CoverPart => {
    const { crop, width, height } = presentationOf(technique).face?.(panel) ?? panel;
    return {
      src: panel.src,
      ...(crop ? { crop } : {}),
      pixels: Math.max(width, height) < pixelLimit(technique),
    };
  });
  return { line: [report.model.name, ...reportContents(report)].join(' · '), parts };
}
