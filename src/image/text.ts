/**
 * Text as outlines of the bundled font. Images look the same on every machine: no installed font is asked for, and what
 * reaches the renderer is path data only, so that no text can be taken for markup.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { create, type Font } from 'fontkitten';
import { packageRoot } from '../package-root.ts';

export type Weight = 400 | 600;

export interface TextStyle {
  /** Font size in pixels: the height of the em square. */
  readonly size: number;
  readonly weight?: Weight;
}

export interface TextOutline {
  /** SVG path data, absolute, baseline at the y asked for; empty for spaces. */
  readonly path: string;
  /** Sum of the advances, in pixels. */
  readonly width: number;
}

/** Height of capital letters as a share of the font size. */
export const CAP_HEIGHT = 0.727;

/** Scripts the font has, each in a file of its own, in the order they are looked through. */
const SUBSETS = [
  'latin',
  'latin-ext',
  'greek',
  'greek-ext',
  'cyrillic',
  'cyrillic-ext',
  'vietnamese',
] as const;
const { resolve } = createRequire(join(packageRoot, 'package.json'));

interface Letter {
  /** As shares of the font size, baseline at y = 0, y downwards. */
  readonly draw: (x: number, y: number, size: number) => string;
  readonly advance: number;
}

/**
 * One line of text. A letter that the font lacks is drawn as the plain letter it is made of (ẚ as a), or else as an empty
 * box; line breaks and control characters count as spaces.
 *
 * @param anchor which point of the line lies at x
 */
export function textOutline(
  text: string,
  x: number,
  y: number,
  style: TextStyle,
  anchor: 'start' | 'middle' | 'end' = 'start',
): TextOutline {
  const width = measureText(text, style);
  let at = anchor === 'start' ? x : anchor === 'middle' ? x - width / 2 : x - width;
  let path = '';
  for (const letter of lettersOf(text, style.weight ?? 400)) {
    path += letter.draw(at, y, style.size);
    at += letter.advance * style.size;
  }
  return { path, width };
}

/** Width of one line in pixels. */
export function measureText(text: string, { size, weight = 400 }: TextStyle): number {
  return lettersOf(text, weight).reduce((sum, letter) => sum + letter.advance, 0) * size;
}

/** The text itself where it fits into `width` pixels, else as much of its beginning as does, with an ellipsis. */
export function fitText(text: string, width: number, style: TextStyle): string {
  if (measureText(text, style) <= width) return text;
  const letters = [...text];
  let fits = 0;
  let above = letters.length;
  while (fits < above - 1) {
    const half = Math.floor((fits + above) / 2);
    if (measureText(shorten(letters, half), style) <= width) fits = half;
    else above = half;
  }
  return fits === 0 ? '' : shorten(letters, fits);
}

const shorten = (letters: readonly string[], count: number) =>
  `${letters.slice(0, count).join('').trimEnd()}…`;

/** Breaks at spaces into lines of at most `width` pixels, and at most `most` lines, the last one shortened. */
export function wrapText(text: string, width: number, most: number, style: TextStyle): string[] {
  const lines: string[] = [];
  let rest = text.split(/\s+/).filter((word) => word !== '');
  while (rest.length > 0 && lines.length < most - 1) {
    let count = 1;
    while (count < rest.length && measureText(rest.slice(0, count + 1).join(' '), style) <= width) count++;
    lines.push(fitText(rest.slice(0, count).join(' '), width, style));
    rest = rest.slice(count);
  }
  if (rest.length > 0) lines.push(fitText(rest.join(' '), width, style));
  return lines;
}

const fonts = new Map<string, Font>();
const letters = new Map<string, Letter>();

function lettersOf(text: string, weight: Weight): Letter[] {
  return [
    ...text
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Z}]/gu, ' ')
      .replace(/[\p{Cf}\u{fe00}-\u{fe0f}]/gu, ''),
  ].map((character) => letterOf(character, weight));
}

function letterOf(character: string, weight: Weight): Letter {
  const key = `${weight}${character}`;
  let letter = letters.get(key);
  if (!letter) {
    letter =
      findLetter(character, weight) ??
      turnedArrow(character, weight) ??
      findLetter(plainForm(character), weight) ??
      EMPTY_BOX;
    letters.set(key, letter);
  }
  return letter;
}

/** The first character of the compatibility decomposition: ﬁ is f, Ⅳ is I, é is e. */
const plainForm = (character: string) => [...character.normalize('NFKD')][0] ?? character;

/** @param move moves a point of the outline, given in shares of the font size, y upwards */
function findLetter(
  character: string,
  weight: Weight,
  move: (x: number, y: number, advance: number) => readonly [number, number] = (x, y) => [x, y],
): Letter | undefined {
  const code = character.codePointAt(0)!;
  const subset = SUBSETS.find((name) => fontOf(name, weight).hasGlyphForCodePoint(code));
  if (!subset) return undefined;
  const font = fontOf(subset, weight);
  const glyph = font.glyphForCodePoint(code);
  const em = font.unitsPerEm;
  const advance = glyph.advanceWidth / em;
  const strokes = glyph.path.commands.map(({ command, args }) => ({
    letter: PATH_LETTERS[command],
    points: Array.from({ length: args.length / 2 }, (_, at) =>
      move(args[2 * at]! / em, args[2 * at + 1]! / em, advance),
    ),
  }));
  const draw = (x: number, y: number, size: number) =>
    strokes
      .map(
        ({ letter, points }) =>
          letter + points.map(([a, b]) => `${round(x + a * size)} ${round(y - b * size)}`).join(' '),
      )
      .join('');
  return { advance, draw };
}

/** The font's files have arrows up and down only; the ones along a line are those, turned. */
function turnedArrow(character: string, weight: Weight): Letter | undefined {
  if (character !== '→' && character !== '←') return undefined;
  const turn = character === '→' ? 1 : -1;
  return findLetter('↑', weight, (x, y, advance) => [
    advance / 2 + turn * (y - CAP_HEIGHT / 2),
    CAP_HEIGHT / 2 - turn * (x - advance / 2),
  ]);
}

const PATH_LETTERS = {
  moveTo: 'M',
  lineTo: 'L',
  quadraticCurveTo: 'Q',
  bezierCurveTo: 'C',
  closePath: 'Z',
} as const;

const round = (value: number) => Math.round(value * 100) / 100;

const EMPTY_BOX: Letter = {
  advance: 0.66,
  draw(x, y, size) {
    const box = (inset: number, turn: 1 | -1) => {
      const [left, right] = [x + (0.06 + inset) * size, x + (0.6 - inset) * size];
      const [top, bottom] = [y - (CAP_HEIGHT - inset) * size, y - inset * size];
      const corners = [left, top, right, top, right, bottom, left, bottom].map(round);
      const order = turn === 1 ? [0, 1, 2, 3] : [0, 3, 2, 1];
      return `M${order.map((corner) => `${corners[corner * 2]!} ${corners[corner * 2 + 1]!}`).join('L')}Z`;
    };
    return box(0, 1) + box(0.06, -1);
  },
};

function fontOf(subset: string, weight: Weight): Font {
  const key = `${subset}-${weight}`;
  let font = fonts.get(key);
  if (!font) {
    const opened = create(
      readFileSync(resolve(`@fontsource/inter/files/inter-${subset}-${weight}-normal.woff`)),
    );
    if (opened.isCollection) throw new Error('@fontsource/inter: a font file became a collection');
    font = opened;
    fonts.set(key, font);
  }
  return font;
}
