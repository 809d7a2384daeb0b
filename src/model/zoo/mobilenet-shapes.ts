/** MobileNetV2: filters, blocks and the stride of the first block of each stage. */
export const V2_STAGES = [
  [16, 1, 1],
  [24, 2, 2],
  [32, 3, 2],
  [64, 4, 2],
  [96, 3, 1],
  [160, 3, 2],
  [320, 1, 1],
] as const;

/** MobileNetV3 Small: channels inside, filters, kernel, stride, squeeze and excitation, hard swish. */
export const V3_SMALL_BLOCKS: readonly (readonly [number, number, number, number, boolean, boolean])[] = [
  [16, 16, 3, 2, true, false],
  [72, 24, 3, 2, false, false],
  [88, 24, 3, 1, false, false],
  [96, 40, 5, 2, true, true],
  [240, 40, 5, 1, true, true],
  [240, 40, 5, 1, true, true],
  [120, 48, 5, 1, true, true],
  [144, 48, 5, 1, true, true],
  [288, 96, 5, 2, true, true],
  [576, 96, 5, 1, true, true],
  [576, 96, 5, 1, true, true],
];

/** To a multiple of 8, never by more than a tenth down. */
export function depth(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
