import { textOutline, type TextStyle } from './text.ts';

export const INK = '#1a1a1a';
export const SOFT_INK = '#5c5c5c';

/** One line of text as an SVG element; empty where there is nothing to draw. */
export function drawText(
  text: string,
  x: number,
  y: number,
  style: TextStyle,
  color: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const { path } = textOutline(text, x, y, style, anchor);
  return path === '' ? '' : `<path fill="${color}" d="${path}"/>`;
}
