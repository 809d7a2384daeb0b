import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Bitmap } from '../../src/image/bitmap.ts';
import { composeColorBar, tickFormat } from '../../src/image/color-bar.ts';
import { colormap } from '../../src/image/colormap.ts';
import { composeFigure, type LabelledPanel } from '../../src/image/figure.ts';
import { figureCellSize } from '../../src/image/figure-layout.ts';

const plain = (width: number, height: number, color: readonly number[], label = ''): LabelledPanel => ({
  width,
  height,
  rgb: Uint8Array.from({ length: width * height * 3 }, (_, index) => color[index % 3]!),
  label,
});

async function read(png: Buffer): Promise<Bitmap> {
  const { data, info } = await sharp(png)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}

/** Bounding box of the pixels of exactly that colour. */
function find({ rgb, width }: Bitmap, [red, green, blue]: readonly number[]) {
  let [left, right, top, bottom, count] = [Infinity, -1, Infinity, -1, 0];
  for (let at = 0; at < rgb.length; at += 3) {
    if (rgb[at] !== red || rgb[at + 1] !== green || rgb[at + 2] !== blue) continue;
    const [x, y] = [(at / 3) % width, Math.floor(at / 3 / width)];
    [left, right, top, bottom] = [
      Math.min(left, x),
      Math.max(right, x),
      Math.min(top, y),
      Math.max(bottom, y),
    ];
    count++;
  }
  return { left, right, top, bottom, width: right - left + 1, height: bottom - top + 1, count };
}

const COLORS = [
  [200, 10, 10],
  [10, 200, 10],
  [10, 10, 200],
  [200, 200, 10],
  [200, 10, 200],
] as const;

describe('composeFigure', () => {
  it('hatches panels that are zero everywhere', async () => {
    const panels = [plain(10, 8, COLORS[0]), { ...plain(10, 8, COLORS[1]), silent: true }];
    const { png } = await composeFigure({ title: 'Two', panels, rows: 1, columns: 2 });
    const page = await read(png);
    const shown = find(page, COLORS[0]);
    expect(find(page, COLORS[1]).count).toBe(0);
    const [ground, line] = [find(page, [239, 237, 232]), find(page, [201, 197, 187])];
    expect([ground.width, ground.height]).toEqual([shown.width, shown.height]);
    expect(ground.count + line.count).toBe(shown.count);
    expect(line.count / shown.count).toBeCloseTo(3 / 16, 2);
  });

  it('sets panels row by row, enlarged by a whole factor', async () => {
    const panels = COLORS.map((color, index) => plain(10, 8, color, `filter: ${index}`));
    const { png, width, height } = await composeFigure({ title: 'Five', panels, rows: 2, columns: 3 });
    const page = await read(png);
    expect([page.width, page.height]).toEqual([width, height]);
    const boxes = COLORS.map((color) => find(page, color));
    for (const box of boxes) {
      expect([box.width % 10, box.height % 8]).toEqual([0, 0]);
      expect(box.count).toBe(box.width * box.height);
      expect(box.width).toBe(boxes[0]!.width);
    }
    expect(boxes[1]!.left).toBeGreaterThan(boxes[0]!.right);
    expect(boxes[1]!.top).toBe(boxes[0]!.top);
    expect(boxes[3]!.left).toBe(boxes[0]!.left);
    expect(boxes[3]!.top).toBeGreaterThan(boxes[0]!.bottom);
  });

  it('is white around, and has ink for title, labels and note', async () => {
    const inked = async (more: object, label = '') => {
      const panels = [plain(20, 20, COLORS[0]!, label)];
      const page = await read((await composeFigure({ title: '', panels, rows: 1, columns: 1, ...more })).png);
      expect([...page.rgb.subarray(0, 3)]).toEqual([255, 255, 255]);
      return find(page, [26, 26, 26]).count + find(page, [92, 92, 92]).count;
    };
    expect(await inked({})).toBe(0);
    expect(await inked({ title: 'Title' })).toBeGreaterThan(100);
    expect(await inked({ subtitle: 'Subtitle' })).toBeGreaterThan(50);
    expect(await inked({ note: 'Note' })).toBeGreaterThan(20);
    expect(await inked({}, 'label')).toBeGreaterThan(20);
  });

  it('takes panels one at a time, no more than there is room for', async () => {
    let made = 0;
    async function* endless() {
      for (;;) {
        await Promise.resolve();
        yield plain(4, 4, COLORS[made++ % 5]!);
      }
    }
    await composeFigure({ title: 'Endless', panels: endless(), rows: 2, columns: 2 });
    expect(made).toBeLessThanOrEqual(5);
  });

  it('fits panels of other sizes into the same cells', async () => {
    const panels = [
      plain(400, 320, COLORS[0]),
      plain(133, 107, COLORS[1]),
      plain(900, 10, COLORS[2]),
      plain(10, 3000, COLORS[3]),
    ];
    const { png } = await composeFigure({ title: 'Stages', panels, rows: 2, columns: 2 });
    const page = await read(png);
    const [whole, ...others] = panels.map((_, index) => find(page, COLORS[index]!));
    for (const box of others) {
      expect(box.count).toBeGreaterThan(0);
      expect(box.width).toBeLessThanOrEqual(whole!.width);
      expect(box.height).toBeLessThanOrEqual(whole!.height);
    }
  });

  it('has the same bytes again', async () => {
    const once = () =>
      composeFigure({
        title: 'Again',
        panels: COLORS.map((color) => plain(9, 9, color, 'x')),
        rows: 1,
        columns: 5,
        colorBar: { lut: colormap('magma'), range: [-1, 3], label: 'activation', levels: 7 },
      });
    expect((await once()).png.equals((await once()).png)).toBe(true);
  });

  it('does without panels', async () => {
    expect(
      (await composeFigure({ title: 'None', panels: [], rows: 1, columns: 1 })).png.length,
    ).toBeGreaterThan(100);
  });

  it('shows the whole colormap on its bar', async () => {
    const lut = colormap('viridis');
    const panels = [plain(8, 8, [255, 255, 255])];
    const { png } = await composeFigure({
      title: '',
      panels,
      rows: 1,
      columns: 1,
      colorBar: { lut, range: [0, 1] },
    });
    const page = await read(png);
    const low = find(page, [...lut.subarray(0, 3)]);
    const high = find(page, [...lut.subarray(765, 768)]);
    expect(low.count).toBeGreaterThan(0);
    expect(high.left).toBeGreaterThan(low.right + 200);
  });
});

describe('figureCellSize', () => {
  const cell = (rows: number, columns: number, side: number, height = side) =>
    figureCellSize({ rows, columns, panelSize: { width: side, height } });

  it('makes a grid of seven columns about as wide as a page at 300 dpi', () => {
    expect(cell(7, 7, 256)).toEqual({ width: 256, height: 256 });
    for (const side of [1, 3, 16, 28, 56, 64, 112, 128, 224, 256, 300, 512, 1024]) {
      const { width } = cell(7, 7, side);
      expect(width * 7).toBeGreaterThan(1400);
      expect(width * 7).toBeLessThan(3100);
      if (side <= 300) expect(width % side).toBe(0);
    }
  });

  it.each([
    [1, 1],
    [1, 40],
    [40, 1],
    [7, 11],
    [23, 23],
    [100, 10],
  ])('keeps a page of %d x %d within 4,000 pixels', async (rows, columns) => {
    for (const side of [16, 256]) {
      const { png } = await composeFigure({
        title: 'T',
        panels: [plain(side, side, [0, 0, 0], 'l')],
        rows,
        columns,
      });
      const { width, height } = await sharp(png).metadata();
      expect(Math.max(width, height)).toBeLessThanOrEqual(4100);
    }
  });
});

describe('composeColorBar', () => {
  const lut = colormap('grey');
  const row = (bar: Bitmap) => Array.from({ length: bar.width }, (_, x) => bar.rgb[x * 3]!);

  it('goes from low to high, the same in every row', () => {
    const bar = composeColorBar({ lut }, { width: 256, height: 3 });
    expect(row(bar)).toEqual(Array.from({ length: 256 }, (_, index) => index));
    expect([...bar.rgb.subarray(2 * 256 * 3)]).toEqual([...bar.rgb.subarray(0, 256 * 3)]);
  });

  it('has the bands of contours', () => {
    const bands = row(composeColorBar({ lut, range: [0, 3], levels: 2 }, { width: 30, height: 1 }));
    expect(bands).toEqual([...Array(10).fill(42), ...Array(10).fill(128), ...Array(10).fill(213)]);
  });
});

describe('tickFormat', () => {
  const written = (...ticks: number[]) => ticks.map(tickFormat(ticks));

  it('writes as many decimals as tell ticks apart', () => {
    expect(written(0, 0.25, 0.5)).toEqual(['0.00', '0.25', '0.50']);
    expect(written(0, 0.2, 0.4, 0.6000000000000001)).toEqual(['0.0', '0.2', '0.4', '0.6']);
    expect(written(-1, 0, 1)).toEqual(['−1', '0', '1']);
    expect(written(100.16, 100.24)).toEqual(['100.16', '100.24']);
    expect(written(-1e-17, 0.5)).toEqual(['0.0', '0.5']);
  });

  it('takes powers of ten for the very large and small', () => {
    expect(written(-2e-4, 0, 2e-4)).toEqual(['−2e−4', '0', '2e−4']);
    expect(written(0, 50_000)).toEqual(['0', '5e4']);
  });
});
