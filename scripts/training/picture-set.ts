/** Pictures of one size with their classes, all in memory. */
export interface PictureSet {
  readonly count: number;
  readonly size: number;
  readonly channels: 1 | 3;
  /** uint8 [count, size, size, channels] */
  readonly pixels: Uint8Array;
  /** Index of each picture's class. */
  readonly labels: Uint8Array;
}
