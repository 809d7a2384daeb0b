import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fitText, measureText, textOutline, wrapText } from '../../src/image/text.ts';
import { packageRoot } from '../../src/package-root.ts';

const style = { size: 100 };
const svg = (text: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="120"><path d="${textOutline(text, 0, 100, style).path}"/></svg>`;
/** Bounding box of the ink, in pixels. */
async function ink(text: string) {
  const { data, info } = await sharp(Buffer.from(svg(text)))
    .extractChannel(3)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const [xs, ys]: [number[], number[]] = [[], []];
  data.forEach((alpha, at) => {
    if (alpha > 127) {
      xs.push(at % info.width);
      ys.push(Math.floor(at / info.width));
    }
  });
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

describe('textOutline', () => {
  it('has the widths of Inter', () => {
    // fontTools 4.68: TTFont(inter-latin-400-normal.woff): unitsPerEm 2048, hmtx A 1413, space 576, zero 1292
    expect(measureText('A', style)).toBeCloseTo((1413 / 2048) * 100, 6);
    expect(measureText(' 0', style)).toBeCloseTo(((576 + 1292) / 2048) * 100, 6);
    expect(measureText('AA', style)).toBeCloseTo(2 * measureText('A', style), 6);
    expect(measureText('A', { size: 100, weight: 600 })).toBeGreaterThan(measureText('A', style));
    expect(measureText('', style)).toBe(0);
  });

  it('stands on its baseline, as high as capitals are', async () => {
    const { top, bottom, left, right } = await ink('H');
    expect(bottom).toBe(99);
    expect(top).toBeGreaterThan(100 - 75);
    expect(top).toBeLessThan(100 - 70);
    expect(right).toBeLessThan(measureText('H', style));
    expect(left).toBeGreaterThan(0);
  });

  it('turns the arrows that the font has up and down only', async () => {
    const { left, right, top, bottom } = await ink('→');
    expect(right - left).toBeGreaterThan(1.15 * (bottom - top));
    expect(textOutline('→', 0, 0, style).path).not.toBe(textOutline('←', 0, 0, style).path);
  });

  it('anchors at the start, the middle or the end', () => {
    const width = measureText('map', style);
    const first = (anchor: 'start' | 'middle' | 'end') =>
      Number(/^M(-?[\d.]+)/.exec(textOutline('map', 500, 0, style, anchor).path)![1]);
    expect(first('start') - first('middle')).toBeCloseTo(width / 2, 1);
    expect(first('start') - first('end')).toBeCloseTo(width, 1);
  });

  it('is path data whatever the text', () => {
    for (const text of [
      '<b>&amp;"\'',
      '猫 кошка γάτα Mèo ½ → ⇒',
      'ﬁ 𝒳 👩‍👩‍👧',
      '\u0000\n\t\u202e',
      'e\u0301',
      '\ud800',
    ]) {
      expect(textOutline(text, 1.5, 2.5, style).path).toMatch(/^[-MLQCZ\d. ]*$/);
    }
  });

  it('draws a box for a letter it lacks, the plain letter for a dressed one', () => {
    expect(textOutline('猫', 0, 0, style).path).toBe(textOutline('犬', 0, 0, style).path);
    expect(textOutline('ﬁ', 0, 0, style).path).toBe(textOutline('f', 0, 0, style).path);
    expect(textOutline('e\u0301', 0, 0, style).path).toBe(textOutline('é', 0, 0, style).path);
    expect(textOutline('\n', 0, 0, style)).toEqual(textOutline(' ', 0, 0, style));
  });
});

describe('fitting', () => {
  it('leaves alone what fits, shortens the rest to what does', () => {
    expect(fitText('filter: 11', 1000, style)).toBe('filter: 11');
    for (const width of [30, 100, 200, 400, 500]) {
      const text = fitText('a rather long label', width, style);
      expect(measureText(text, style)).toBeLessThanOrEqual(width);
      if (width >= 400) expect(text).toMatch(/^a rat.*…$/);
    }
    expect(fitText('abc', 1, style)).toBe('');
  });

  it('wraps at spaces', () => {
    expect(wrapText('one two three', 10_000, 3, style)).toEqual(['one two three']);
    const lines = wrapText('one two three four five six seven', 500, 2, style);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/…$/);
    for (const line of lines) expect(measureText(line, style)).toBeLessThanOrEqual(500);
    expect(wrapText('  ', 100, 2, style)).toEqual([]);
  });
});

it('looks the same, silently, where no font is installed', async () => {
  const here = (
    await sharp(Buffer.from(svg('Ag 7×7')))
      .raw()
      .toBuffer()
  ).toString('base64');
  const empty = mkdtempSync(join(tmpdir(), 'no-fonts-'));
  const script = `
    import sharp from 'sharp';
    const { data } = await sharp(Buffer.from(process.env.DRAWING)).raw().toBuffer({ resolveWithObject: true });
    process.stdout.write(data.toString('base64'));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: packageRoot,
    env: {
      PATH: process.env['PATH'],
      DRAWING: svg('Ag 7×7'),
      FONTCONFIG_PATH: empty,
      HOME: empty,
      XDG_DATA_HOME: empty,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1e8,
  }).toString();
  expect(out).toBe(here);
});
