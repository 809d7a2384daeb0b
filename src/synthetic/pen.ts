/**
 * Draws figures as SVG in units of their own: -1..1 in both directions, y downwards. How they are painted (flat or rounded by light,
 * with or without an outline) is decided once for an image, so that its parts fit together.
 */
import { cosine, sine, TURN } from './arithmetic.ts';
import type { Dice } from './dice.ts';
import type { Point } from './points.ts';
import { cssOf, lighter, tone, type Tone } from './tone.ts';

export interface PenStyle {
  readonly shaded: boolean;
  /** Where light comes from, a unit vector or nearly. */
  readonly light: Point;
  readonly outline?: { readonly color: Tone; readonly width: number };
}

export interface Placement {
  /** [a, b, c, d, e, f] as in SVG: x' = a x + c y + e, y' = b x + d y + f; still in units of the image's shorter half. */
  readonly matrix: readonly [number, number, number, number, number, number];
}

/** A colour to be shaded as the style says, or one that stays flat. */
export type Fill = Tone | { readonly flat: Tone };

export interface Pen {
  readonly style: PenStyle;
  readonly oval: (x: number, y: number, rx: number, ry: number, fill: Fill, more?: ShapeOptions) => void;
  readonly disc: (x: number, y: number, r: number, fill: Fill, more?: ShapeOptions) => void;
  readonly polygon: (points: readonly Point[], fill: Fill, more?: ShapeOptions) => void;
  /** A closed outline that runs smoothly through its points. */
  readonly blob: (points: readonly Point[], fill: Fill, more?: ShapeOptions) => void;
  readonly box: (
    left: number,
    top: number,
    right: number,
    bottom: number,
    fill: Fill,
    more?: ShapeOptions,
  ) => void;
  /** Path data in units. */
  readonly path: (data: string, fill: Fill, more?: ShapeOptions) => void;
  readonly line: (points: readonly Point[], color: Tone, width: number, more?: LineOptions) => void;
  /** Smooth through its points. */
  readonly curve: (points: readonly Point[], color: Tone, width: number, more?: LineOptions) => void;
  readonly ring: (x: number, y: number, rx: number, ry: number, color: Tone, width: number) => void;
  /** What follows is placed otherwise until `place` is called again. */
  readonly place: (placement: Placement) => void;
  readonly svg: (height: number, width: number) => string;
}

/** Draws one figure so that it stands out against `behind`. */
export type FigureDrawer = (pen: Pen, dice: Dice, behind: Tone) => void;

export interface ShapeOptions {
  /** Around its own centre, in turns, clockwise. Ovals only. */
  readonly turn?: number;
  /** No outline, whatever the style. */
  readonly bare?: boolean;
  readonly opacity?: number;
}

export interface LineOptions {
  readonly butt?: boolean;
  readonly opacity?: number;
}

const SCALE = 100;
/** Two decimals of a hundredth of half an image: finer than a pixel's edge can show. */
export const format = (value: number): string => String(Math.round(value * SCALE * 100) / 100);

export function createPen(style: PenStyle, decimals = format): Pen {
  const parts: string[] = [];
  const definitions = new Map<string, string>();
  let open = false;
  const points = (list: readonly Point[]) => list.map(([x, y]) => `${decimals(x)} ${decimals(y)}`).join('L');

  const paint = (fill: Fill): string => {
    const base = 'flat' in fill ? fill.flat : fill;
    if ('flat' in fill || !style.shaded) return cssOf(base);
    const color = cssOf(base);
    const id = `s${color.slice(1)}`;
    if (!definitions.has(id)) {
      const [x, y] = style.light;
      const at = (value: number) => Math.round(1000 * value) / 1000;
      const stops = [
        [0, lighter(base, 0.13)],
        [0.5, base],
        [1, lighter(base, -0.17)],
      ] as const;
      definitions.set(
        id,
        `<radialGradient id="${id}" cx="${at(0.5 + 0.22 * x)}" cy="${at(0.5 + 0.22 * y)}" r="0.78">${stops
          .map(([offset, color]) => `<stop offset="${offset}" stop-color="${cssOf(color)}"/>`)
          .join('')}</radialGradient>`,
      );
    }
    return `url(#${id})`;
  };
  const shape = (element: string, fill: Fill, { bare, opacity }: ShapeOptions = {}): void => {
    const { outline } = style;
    const edge =
      outline && !bare ? ` stroke="${cssOf(outline.color)}" stroke-width="${decimals(outline.width)}"` : '';
    parts.push(`<${element} fill="${paint(fill)}"${edge}${fade('fill', opacity)}/>`);
  };
  const stroke = (data: string, color: Tone, width: number, { butt, opacity }: LineOptions = {}): void => {
    const cap = butt ? ' stroke-linecap="butt"' : '';
    parts.push(
      `<path d="${data}" fill="none" stroke="${cssOf(color)}" stroke-width="${decimals(width)}"${cap}${fade('stroke', opacity)}/>`,
    );
  };

  const pen: Pen = {
    style,
    oval(x, y, rx, ry, fill, more) {
      const turn = more?.turn
        ? ` transform="rotate(${Math.round(more.turn * 36000) / 100} ${decimals(x)} ${decimals(y)})"`
        : '';
      shape(
        `ellipse cx="${decimals(x)}" cy="${decimals(y)}" rx="${decimals(rx)}" ry="${decimals(ry)}"${turn}`,
        fill,
        more,
      );
    },
    disc: (x, y, r, fill, more) => pen.oval(x, y, r, r, fill, more),
    polygon: (list, fill, more) => shape(`path d="M${points(list)}Z"`, fill, more),
    blob: (list, fill, more) => shape(`path d="${smooth(list, true, decimals)}"`, fill, more),
    box: (left, top, right, bottom, fill, more) =>
      pen.polygon(
        [
          [left, top],
          [right, top],
          [right, bottom],
          [left, bottom],
        ],
        fill,
        more,
      ),
    path: (data, fill, more) => shape(`path d="${data}"`, fill, more),
    line: (list, color, width, more) => stroke(`M${points(list)}`, color, width, more),
    curve: (list, color, width, more) => stroke(smooth(list, false, decimals), color, width, more),
    ring(x, y, rx, ry, color, width) {
      parts.push(
        `<ellipse cx="${decimals(x)}" cy="${decimals(y)}" rx="${decimals(rx)}" ry="${decimals(ry)}" fill="none" stroke="${cssOf(color)}" stroke-width="${decimals(width)}"/>`,
      );
    },
    place({ matrix: [a, b, c, d, e, f] }) {
      const round = (value: number) => Math.round(value * 10000) / 10000;
      parts.push(
        `${open ? '</g>' : ''}<g transform="matrix(${[a, b, c, d].map(round).join(' ')} ${decimals(e)} ${decimals(f)})">`,
      );
      open = true;
    },
    svg(height, width) {
      const half = Math.min(height, width) / SCALE / 2;
      const box = [-width / 2, -height / 2, width, height].map(
        (value) => Math.round((value / half) * 100) / 100,
      );
      return (
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${box.join(' ')}">` +
        `<defs>${[...definitions.values()].join('')}</defs>` +
        `<g stroke-linejoin="round" stroke-linecap="round">${parts.join('')}${open ? '</g>' : ''}</g></svg>`
      );
    },
  };
  return pen;
}

/** On the paint and not on the element, which the renderer would draw apart first. */
const fade = (of: 'fill' | 'stroke', opacity: number | undefined) =>
  opacity === undefined ? '' : ` ${of}-opacity="${Math.round(opacity * 100) / 100}"`;

/** Catmull and Rom's spline as Bézier curves. */
function smooth(list: readonly Point[], closed: boolean, decimals: typeof format): string {
  const count = list.length;
  const at = (index: number): Point =>
    closed ? list[(index + count) % count]! : list[Math.max(0, Math.min(count - 1, index))]!;
  const text = ([x, y]: Point) => `${decimals(x)} ${decimals(y)}`;
  let data = `M${text(at(0))}`;
  for (let index = 0; index < (closed ? count : count - 1); index++) {
    const [before, from, to, after] = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    const first: Point = [from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6];
    const second: Point = [to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6];
    data += `C${text(first)} ${text(second)} ${text(to)}`;
  }
  return closed ? `${data}Z` : data;
}

/** A style for one image. */
export function anyStyle(dice: Dice): PenStyle {
  const angle = dice.between(0.55, 0.95);
  return {
    shaded: dice.chance(0.75),
    light: [cosine(TURN * angle), sine(TURN * angle)],
    ...(dice.chance(0.5) && {
      outline: {
        color: tone(dice.between(0.12, 0.3), dice.between(0, 0.06), dice.between(0, 1)),
        width: dice.between(0.025, 0.055),
      },
    }),
  };
}

/** Turned, sheared, scaled and moved so that a figure of -1..1 stays mostly inside the image. */
export function anyPlacement(
  dice: Dice,
  { turn = 0.055, size = [0.7, 1.02], flip = true }: PlacementRange = {},
): Placement {
  const scale = dice.between(size[0], size[1]);
  const angle = TURN * dice.between(-turn, turn);
  const shear = dice.between(-0.12, 0.12);
  const wide = scale * dice.between(0.84, 1.08) * (flip ? dice.sign() : 1);
  const high = scale * dice.between(0.88, 1.06);
  const [c, s] = [cosine(angle), sine(angle)];
  const room = Math.max(0.03, 0.95 - 0.88 * scale);
  return {
    matrix: [
      ...([c * wide, s * wide] as const),
      ...([(c * shear - s) * high, (s * shear + c) * high] as const),
      ...([dice.between(-room, room), dice.between(-room, room)] as const),
    ],
  };
}

export interface PlacementRange {
  /** At most so far from upright, in turns. */
  readonly turn?: number;
  /** Least and greatest share of the image's shorter side. */
  readonly size?: readonly [number, number];
  readonly flip?: boolean;
}
