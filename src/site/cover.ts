import type { Report } from '../schema/report.ts';
import { SiteData } from './data.ts';
import { reportContents } from './descriptions.ts';
import { coverCandidates, coverPanels, facesOfView, spread } from './faces.ts';
import type { CoverCandidates, FacePanel } from './faces.ts';
import { mosaicShape, pixelLimit } from './measures.ts';
import { presentationOf } from './techniques/table.ts';
import type { Part } from './types.ts';

/** As many as the cover's row has room for, and as the face of a card has. */
const PANELS = 4;
const FACE_PANELS = 8;

interface CoverPart {
  readonly src: string;
  readonly crop?: Part['crop'];
  readonly pixels: boolean;
}

interface Thumbnail {
  readonly columns: number;
  readonly parts: readonly CoverPart[];
}

/**
 * What the preview of a report shows, and the cards of the report and of its views.
 * @param dataDir where its lists of panels lie
 */
export async function chooseCover(
  report: Report,
  dataDir: string,
): Promise<{
  line: string;
  parts: CoverPart[];
  thumbnail: Thumbnail | undefined;
  views: Map<string, Thumbnail>;
}> {
  const data = new SiteData(dataDir);
  // Lists of panels are long: each is read once.
  const [covers, faces]: [CoverCandidates[], CoverCandidates[]] = [[], []];
  const views = new Map<string, Thumbnail>();
  for (const view of report.views) {
    const panels = [...(await data.facePanels(report, view))];
    covers.push(coverCandidates(view, panels, PANELS));
    faces.push(coverCandidates(view, panels, FACE_PANELS));
    const thumbnail = thumbnailOf(facesOfView({ ...view, panels }));
    if (thumbnail) views.set(view.id, thumbnail);
  }
  return {
    line: [report.model.name, ...reportContents(report)].join(' · '),
    parts: coverPanels(covers, PANELS).map(partOf),
    thumbnail: thumbnailOf(coverPanels(faces, FACE_PANELS)),
    views,
  };
}

/** Undefined where there is nothing to show. */
function thumbnailOf(panels: readonly FacePanel[]): Thumbnail | undefined {
  const { count, columns } = mosaicShape(panels.length);
  return panels.length === 0 ? undefined : { columns, parts: spread(panels, count).map(partOf) };
}

function partOf({ panel, technique }: FacePanel): CoverPart {
  const { crop, width, height } = presentationOf(technique).face?.(panel) ?? panel;
  return {
    src: panel.src,
    ...(crop ? { crop } : {}),
    pixels: Math.max(width, height) < pixelLimit(technique),
  };
}
