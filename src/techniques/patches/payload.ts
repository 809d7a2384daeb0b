import type { Choice, Classes } from './strongest.ts';

export const PROJECTIONS = ['deconvnet', 'guided', 'gradient', 'gradient-x-input', 'none'] as const;
export type Projection = (typeof PROJECTIONS)[number];

/** What the numbers of a job of top-patches depend on, beside its layer and images. */
export interface PatchesPayload extends Choice, Record<string, unknown> {
  /** All that may be shown, or are ranked. */
  readonly filters: readonly number[];
  /** The job shows the filters from this position on, as many as it has panels. */
  readonly from: number;
  /** Whether the purest stand first. */
  readonly ranked: boolean;
  readonly projection: Projection;
  /** Longest side of a cell in pixels. */
  readonly cell: number;
  readonly values: boolean;
  /** Absent where images have none. */
  readonly classes?: Classes;
}
