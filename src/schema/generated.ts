/** Names of what the program can draw. src/pictures/ has a drawer for each; experiment files and training choose among them. */

export const PATTERN_CLASSES = [
  ...(['stripes', 'checks', 'dots', 'rings', 'spiral', 'grid', 'honeycomb', 'bricks', 'waves'] as const),
  ...(['zigzag', 'marble', 'scales', 'rays'] as const),
  ...(['star', 'triangle', 'square', 'cross', 'heart'] as const),
  ...(['wheel', 'bicycle', 'face', 'cat', 'dog', 'bird', 'fish', 'tree', 'flower', 'house'] as const),
  ...(['letters', 'butterfly', 'car', 'owl', 'mushroom'] as const),
] as const;

export type PatternClass = (typeof PATTERN_CLASSES)[number];
