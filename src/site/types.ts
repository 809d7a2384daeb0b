import type { Panel, Report } from '../schema/report.ts';

export type ReportImage = Report['images'][number];

/** A part of a sprite sheet. */
export type Part = Pick<Panel, 'crop' | 'sheet' | 'width' | 'height'>;

/** What feature maps tell of a filter. */
export interface FilterSummary {
  /** Images in which the filter answers most and least, by the greatest value; absent with fewer than two images. */
  readonly strongest?: { readonly image: ReportImage; readonly value: number };
  readonly weakest?: { readonly image: ReportImage; readonly value: number };
  /** Images on which the filter's greatest value is above zero, of all that were shown. */
  readonly firing: number;
  readonly shown: number;
  /** The same of values that do not depend on the padding; absent where they are not known for every image. */
  readonly inside?: {
    readonly firing: number;
    /** The image of the greatest of them. */
    readonly strongest: { readonly image: ReportImage; readonly value: number };
  };
}
