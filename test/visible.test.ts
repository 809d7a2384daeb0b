import { describe, expect, it } from 'vitest';
import { red } from '../src/terminal.ts';
import { visible, visibleInPage, visibleLines } from '../src/visible.ts';

/** Every character that acts on text instead of being part of it, by the Unicode standard's own names. */
const ACTING: readonly (readonly [name: string, from: number, to: number])[] = [
  ['C0 but tab and newline', 0x00, 0x08],
  ['C0 but tab and newline', 0x0b, 0x1f],
  ['DEL and C1', 0x7f, 0x9f],
  ['ALM', 0x61c, 0x61c],
  ['LRM, RLM', 0x200e, 0x200f],
  ['separators, embeddings, overrides', 0x2028, 0x202e],
  ['isolates', 0x2066, 0x2069],
  ['halves of surrogate pairs', 0xd800, 0xdfff],
];
const INVISIBLE: typeof ACTING = [
  ['tab', 0x09, 0x09],
  ['soft hyphen', 0xad, 0xad],
  ['zero width space, joiners', 0x200b, 0x200d],
  ['word joiner, invisible operators', 0x2060, 0x2064],
  ['deprecated formatting', 0x206a, 0x206f],
  ['Hangul filler', 0x3164, 0x3164],
  ['byte order mark', 0xfeff, 0xfeff],
  ['annotations', 0xfff9, 0xfffb],
  ['tags', 0xe0001, 0xe007f],
];

const codes = (ranges: typeof ACTING): number[] =>
  ranges.flatMap(([, from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
const PLAIN = 'Conv2D 卷积 שלום سلام ünï 🐈 ❤️ <b>&"\'\\u001b';

describe('visible', () => {
  it('writes out all that acts on text or hides in it, as JSON does', () => {
    for (const code of [...codes(ACTING), ...codes(INVISIBLE)]) {
      const letter = String.fromCodePoint(code);
      const shown = visible(`a${letter}b`);
      expect(shown, code.toString(16)).toMatch(/^a(?:\\u[0-9a-f]{4}){1,2}b$/);
      expect(JSON.parse(`"${shown}"`)).toBe(`a${letter}b`);
      expect(visibleLines(letter)).toBe(visible(letter));
    }
  });

  it('leaves writing as it is, whatever its script', () => {
    for (const show of [visible, visibleLines, visibleInPage]) expect(show(PLAIN)).toBe(PLAIN);
  });

  it('keeps lines apart only where there may be several', () => {
    expect(visible('a\nb\r\n')).toBe('a\\nb\\u000d\\n');
    expect(visibleLines('a\nb\r\n')).toBe('a\nb\\u000d\n');
  });

  it('leaves JSON the same value', () => {
    const value = {
      [`a${codes(ACTING)
        .map((code) => String.fromCodePoint(code))
        .join('')}`]: ['\t\u{e0001}'],
    };
    expect(JSON.parse(visibleLines(JSON.stringify(value, undefined, 2)))).toEqual(value);
  });
});

describe('visibleInPage', () => {
  it('writes out what acts on the page, and keeps what languages and emoji are written with', () => {
    const inUtf8 = codes(ACTING).filter((code) => code < 0xd800 || code > 0xdfff);
    for (const code of inUtf8) expect(visibleInPage(String.fromCodePoint(code))).toMatch(/^\\u[0-9a-f]{4}$/);
    const written = 'می‌خواهم 👩‍👩‍👧 co\u00adoperate\n\t';
    expect(visibleInPage(written)).toBe(written);
  });
});

describe('red', () => {
  it('colours, and lets nobody else', () => {
    expect(red('a\u001b[32mb')).toBe('\u001b[31ma\\u001b[32mb\u001b[39m');
  });
});
