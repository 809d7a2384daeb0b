import type { Bitmap } from './bitmap.ts';
import type { ColorBar } from './color-bar.ts';

export interface LabelledPanel extends Bitmap {
  /** Below the panel; empty for none. */
  readonly label: string;
  /** All of its values are zero: it is hatched. */
  readonly silent?: boolean;
}

export interface FigureOptions {
  readonly title: string;
  /** One or two lines below the title: model, layer, image. */
  readonly subtitle?: string;
  /** In reading order; taken one by one, so that they need not be in memory at once. Surplus ones are left out. */
  readonly panels: Iterable<LabelledPanel> | AsyncIterable<LabelledPanel>;
  readonly rows: number;
  readonly columns: number;
  /** The size most panels have, in their own pixels; default: the first panel's. Others are fitted into the same cells. */
  readonly panelSize?: { readonly width: number; readonly height: number };
  readonly colorBar?: ColorBar;
  /** Small print at the foot. */
  readonly note?: string;
}
