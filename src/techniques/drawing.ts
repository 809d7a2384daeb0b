/**
 * An image as a technique describes it: marks in the order in which they are painted, on white. Techniques write no pixels;
 * src/image/drawing.ts does. Lengths and places are pixels from the upper left corner; colours are `#rrggbb`.
 */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly Mark[];
  /** Pixels painted for one of the drawing; 1 where absent. */
  readonly scale?: number;
}

export type Mark = RectMark | LineMark | TextMark | PixelsMark;

export interface RectMark {
  readonly kind: 'rect';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill?: string;
  readonly stroke?: string;
  /** Width of the stroke; 1 where absent. */
  readonly line?: number;
  /** Length of the dashes; solid where absent. */
  readonly dash?: number;
  readonly radius?: number;
}

export interface LineMark {
  readonly kind: 'line';
  /** Two or more; the line is open unless it has a fill. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly stroke?: string;
  readonly line?: number;
  readonly fill?: string;
}

export interface TextMark {
  readonly kind: 'text';
  readonly x: number;
  /** Of the baseline. */
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly weight?: 400 | 600;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** A small image, every pixel a rectangle of its own colour; painted over all other marks. */
export interface PixelsMark {
  readonly kind: 'pixels';
  readonly x: number;
  readonly y: number;
  /** As painted. */
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly columns: number;
  /** uint8 [rows, columns, 3] */
  readonly rgb: Uint8Array;
}
