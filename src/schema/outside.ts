import type { Box } from './report.ts';

interface Reach {
  /** The receptive field clipped to its image. */
  readonly box: Readonly<Box>;
  /** The whole of it; absent where that is the box. */
  readonly receptiveField?: Readonly<Box> | undefined;
}

/** Pixels on each side of an image. */
export interface Sides {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Of an image; absent where it is not known. */
export interface PartialSize {
  readonly width?: number;
  readonly height?: number;
}

/** How far a receptive field reaches outside its image. */
export function outsideOf({ box, receptiveField = box }: Reach): Sides {
  const left = box.x - receptiveField.x;
  const top = box.y - receptiveField.y;
  return {
    ...{ top, left },
    right: receptiveField.width - box.width - left,
    bottom: receptiveField.height - box.height - top,
  };
}

/**
 * True where a receptive field reaches outside its image along an axis on which it would fit inside: there its patch is hatched. One
 * that is longer than the image reaches outside everywhere.
 */
export function isAtBorder(reach: Reach, { width = 0, height = 0 }: PartialSize = {}): boolean {
  const { receptiveField } = reach;
  if (!receptiveField) return false;
  const { top, right, bottom, left } = outsideOf(reach);
  return (
    (receptiveField.width <= width && left + right > 0) ||
    (receptiveField.height <= height && top + bottom > 0)
  );
}
