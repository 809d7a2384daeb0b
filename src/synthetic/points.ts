import { cosine, sine, TURN } from './arithmetic.ts';

export type Point = readonly [x: number, y: number];

/** Points from text, which is shorter to read: `x y, x y, …`. */
export const at = (text: string): Point[] =>
  text.split(', ').map((pair): Point => {
    const space = pair.indexOf(' ');
    return [Number(pair.slice(0, space)), Number(pair.slice(space + 1))];
  });

/** `count` points on an ellipse's arc, both ends included; angles in turns, clockwise from the right. */
export function arc(x: number, y: number, rx: number, ry: number, from = 0, to = 1, count = 12): Point[] {
  return Array.from({ length: count }, (_, index): Point => {
    const angle = TURN * (from + ((to - from) * index) / (count - 1));
    return [x + rx * cosine(angle), y + ry * sine(angle)];
  });
}

/** Left and right. */
export const SIDES = [-1, 1] as const;

export const mirrored = (points: readonly Point[], side: 1 | -1): Point[] =>
  points.map(([x, y]): Point => [side * x, y]);
