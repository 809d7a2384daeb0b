/** Names of what the program can draw. src/synthetic/ has a drawer for each; experiment files and training choose among them. */

export const PATTERN_CLASSES = [
  ...(['stripes', 'checks', 'dots', 'rings', 'spiral', 'grid', 'honeycomb', 'bricks', 'waves'] as const),
  ...(['zigzag', 'marble', 'scales', 'rays'] as const),
  ...(['star', 'triangle', 'square', 'cross', 'heart'] as const),
  ...(['wheel', 'bicycle', 'face', 'cat', 'dog', 'bird', 'fish', 'tree', 'flower', 'house'] as const),
  ...(['letters', 'butterfly', 'car', 'owl', 'mushroom'] as const),
] as const;

export type PatternClass = (typeof PATTERN_CLASSES)[number];

export interface GeneratedKindFacts {
  /** None: there is one image, of no class. */
  readonly classes: readonly string[];
  /** Images of each class where the experiment does not say how many. */
  readonly each: number;
  /** [height, width] where the experiment does not say. */
  readonly size: readonly [number, number];
}

export const GENERATED_KINDS = ['patterns', 'digits', 'cat', 'two-classes'] as const;
export type GeneratedKind = (typeof GENERATED_KINDS)[number];

export const GENERATED: Readonly<Record<GeneratedKind, GeneratedKindFacts>> = {
  patterns: { classes: PATTERN_CLASSES, each: 20, size: [96, 96] },
  digits: { classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], each: 10, size: [28, 28] },
  cat: { classes: [], each: 1, size: [320, 400] },
  'two-classes': { classes: ['cats', 'dogs'], each: 25, size: [256, 256] },
};

/** One image to be drawn: all that it depends on but the drawing code itself. */
export interface Drawing {
  readonly kind: GeneratedKind;
  readonly class?: string;
  /** From 0, within its class. */
  readonly index: number;
  readonly seed: number;
  /** [height, width] in pixels. */
  readonly size: readonly [number, number];
}
