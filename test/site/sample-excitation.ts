import sharp from 'sharp';
import type { Panel, Report, View } from '../../src/schema/report.ts';
import type { Patch, PatchFacts } from '../../src/techniques/patches/facts.ts';
import { base, composedPicture, layer, photo, random, type Assets, type Field } from './sample-pieces.ts';

/** A made-up report on what excites filters: dreams of three layers, patches with and without projections. */

const SIDE = 96;
const PICTURES = 9;
const DREAM = 128;
const FIELDS = { block1_conv2: 5, block2_conv2: 14, block3_conv3: 40 } as const;
type LayerName = keyof typeof FIELDS;
const LAYERS = Object.keys(FIELDS) as LayerName[];

const SOURCE = `# What excites the filters of a small network
title: What excites its filters
model:
  zoo: vgg16 # with its own weights
  include_top: false
  input: [96, 96]
images:
  folder: ../photos
seed: 7
views:
  - id: dreams
    technique: activation-maximization
    layers: [block1_conv2, block2_conv2, block3_conv3]
    filters: 0-5
    steps: 256
  - id: top-patches
    technique: top-patches
    layers: [block2_conv2, block3_conv3]
    filters: 0-11
`;

export async function excitationReport(assets: Assets): Promise<Report> {
  const photos = await Promise.all(Array.from({ length: PICTURES }, (_, index) => photo(index, SIDE, SIDE)));
  const images: Report['images'] = [];
  for (const [index, { png }] of photos.entries()) {
    images.push({
      ...{ id: `photo-${index}`, file: `${kindOf(index)}/photo-${index}.jpg`, class: kindOf(index) },
      ...{ width: SIDE, height: SIDE, src: await assets.add(png, 'webp') },
    });
  }
  const fields = photos.map(({ field }) => field);
  const head = base('what-excites-filters', 'What excites its filters');
  return {
    ...head,
    experiment: {
      ...head.experiment,
      source: SOURCE,
      description:
        'Pictures made to excite single filters, beside the real pictures that excite them most and what in them did it.',
      narrative: [
        {
          kind: 'html',
          html: '<p>A filter can be asked what it likes in two ways: by searching, and by making.</p>',
        },
        {
          ...{ kind: 'figure', view: 'top-patches' },
          caption: 'The nine strongest places of each filter, and their projections back to the pixels.',
        },
        {
          kind: 'figure',
          view: 'dreams',
          caption: 'Pictures made from noise, step by step, for six filters of three layers.',
        },
      ],
    },
    model: {
      ...{ name: 'vgg16', format: 'zoo', inputShape: [SIDE, SIDE, 3], parameters: 1_735_488 },
      weightsSha256: 'e'.repeat(64),
      layers: [
        layer(0, 'input_1', 'InputLayer', [96, 96, 3], 0, 1),
        layer(1, 'block1_conv2', 'Conv2D', [96, 96, 64], 36_928, FIELDS.block1_conv2),
        layer(2, 'block1_pool', 'MaxPooling2D', [48, 48, 64], 0, 6),
        layer(3, 'block2_conv2', 'Conv2D', [48, 48, 128], 147_584, FIELDS.block2_conv2),
        layer(4, 'block2_pool', 'MaxPooling2D', [24, 24, 128], 0, 16),
        layer(5, 'block3_conv3', 'Conv2D', [24, 24, 256], 590_080, FIELDS.block3_conv3),
      ],
    },
    images,
    views: [
      await dreamView(assets),
      await patchView(assets, fields, 'top-patches', ['block2_conv2', 'block3_conv3'], 12, 'deconvnet'),
      await patchView(assets, fields, 'patches-alone', ['block1_conv2'], 5, 'none'),
    ],
  };
}

const kindOf = (index: number): string => ['animals', 'plants', 'places'][index % 3]!;

async function dreamView(assets: Assets): Promise<View> {
  const panels: Panel[] = [];
  for (const [depth, name] of LAYERS.entries()) {
    for (let filter = 0; filter < 6; filter++) panels.push(await dreamPanel(assets, name, depth, filter));
  }
  return {
    ...{ id: 'dreams', technique: 'activation-maximization', title: 'Dreams of three layers' },
    grid: { rows: 3, columns: 6 },
    settings: {
      ...{ layers: LAYERS, filters: '0-5', objective: 'channel', method: 'fourier', size: DREAM },
      ...{ steps: 256, diversity: 1, values: true, grid: '3x6', label: 'filter {filter}' },
    },
    picture: await composedPicture(assets, 'Dreams of three layers', 6, 3),
    ...{ panelCount: panels.length, panels },
  };
}

async function dreamPanel(assets: Assets, name: LayerName, depth: number, filter: number): Promise<Panel> {
  const dead = depth === 2 && filter === 4;
  const grown = (share: number): Buffer => gratings(DREAM, 1 + depth * 10 + filter, depth, dead ? 0 : share);
  const picture = await webp(grown(1), DREAM, DREAM, assets);
  const steps = [0, 16, 32, 64, 128, 256];
  const frames = steps.map((step) => grown(Math.sqrt(step / 256)));
  const animation = await sharp(Buffer.concat(frames), {
    raw: { width: DREAM, height: DREAM * frames.length, channels: 3, pageHeight: DREAM },
  })
    .webp({ quality: 80, delay: frames.map(() => 200) })
    .toBuffer();
  const row = await sharp({
    create: { width: DREAM * frames.length, height: DREAM, channels: 3, background: '#000' },
  })
    .composite(
      frames.map((input, index) => ({
        ...{ input, left: index * DREAM, top: 0 },
        raw: { width: DREAM, height: DREAM, channels: 3 as const },
      })),
    )
    .webp({ quality: 85 })
    .toBuffer();
  const activation = dead ? 0 : Number((4 + depth * 11 + filter * 1.37).toFixed(3));
  const score = [1.83, 2.4, 0.86, 12.5, 1.02, 3.1][filter]!;
  const curve = Array.from({ length: 48 }, (_, i) => activation * (1 - Math.exp(-i / 9)) * 0.9);
  return {
    ...{ layer: name, filter, label: `filter ${filter}`, kind: 'image', src: picture },
    ...{ width: DREAM, height: DREAM, range: [0, 255] },
    ...(dead ? { flags: ['dead'] } : {}),
    ...(filter === 2 ? { flags: ['unconverged'] } : {}),
    facts: {
      ...{ objective: 'channel', method: 'fourier', activation, steps: 256, seed: 7, curve },
      ...(dead ? {} : { score }),
      best: { image: `photo-${(filter + depth) % PICTURES}`, activation: dead ? 0 : activation / score },
    },
    files: {
      values: {
        ...{ kind: 'array', shape: [DREAM, DREAM, 3] },
        src: await assets.add(Buffer.from(`\x93NUMPY made up for ${name} ${filter}`), 'npy'),
      },
      frames: {
        kind: 'frames',
        ...{ src: await assets.add(animation, 'webp'), strip: await assets.add(row, 'webp') },
        ...{ width: DREAM, height: DREAM, steps },
      },
    },
  };
}

/** Overlaid waves of a few directions and colours: stripes, then textures, then knots. `share` 0 is noise. */
function gratings(side: number, seed: number, depth: number, share: number): Buffer {
  const next = random(seed);
  const waves = Array.from({ length: 1 + depth * 3 }, () => {
    const angle = next() * Math.PI;
    const pace = (0.9 - depth * 0.22) * (0.6 + next());
    return {
      ...{ x: Math.cos(angle) * pace, y: Math.sin(angle) * pace, phase: next() * 6 },
      colour: [next() - 0.3, next() - 0.4, next() - 0.5],
      bend: depth === 0 ? 0 : (next() - 0.5) * 0.02 * depth,
    };
  });
  const noise = random(99 + seed);
  const rgb = Buffer.alloc(side * side * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let c = 0; c < 3; c++) {
        let value = 0;
        for (const wave of waves) {
          const bent = wave.bend * (x - side / 2) * (y - side / 2);
          value += Math.sin(wave.x * x + wave.y * y + wave.phase + bent) * wave.colour[c]!;
        }
        const shown =
          127 + share * 150 * (value / Math.sqrt(waves.length)) + (1 - share) * 40 * (noise() - 0.5);
        rgb[(y * side + x) * 3 + c] = Math.min(255, Math.max(0, shown));
      }
    }
  }
  return rgb;
}

const TILE = 48;
const GAP = 2;

/** Each filter's nine patches as a grid, and an equal grid of projections on its right. */
async function patchView(
  assets: Assets,
  photos: readonly Field[],
  id: string,
  names: readonly LayerName[],
  filters: number,
  projection: 'deconvnet' | 'none',
): Promise<View> {
  const panels: Panel[] = [];
  for (const name of names) {
    for (let filter = 0; filter < filters; filter++) {
      panels.push(await patchPanel(assets, photos, name, filter, projection));
    }
  }
  const title = projection === 'none' ? 'Strongest patches alone' : 'Strongest patches and projections';
  return {
    ...{ id, technique: 'top-patches', title, grid: { rows: Math.ceil(panels.length / 6), columns: 6 } },
    settings: {
      layers: names,
      filters: `0-${filters - 1}`,
      top: 9,
      projection,
      grid: '4x6',
      label: 'filter {filter}',
    },
    picture: await composedPicture(assets, title, 6, 4),
    ...{ panelCount: panels.length, panels },
  };
}

async function patchPanel(
  assets: Assets,
  photos: readonly Field[],
  name: LayerName,
  filter: number,
  projection: 'deconvnet' | 'none',
): Promise<Panel> {
  const next = random(filter * 31 + FIELDS[name]);
  const side = Math.min(FIELDS[name], SIDE);
  const block = 3 * TILE + 2 * GAP;
  const width = projection === 'none' ? block : 2 * block + 3 * GAP;
  const canvas = new Uint8Array(width * block * 3).fill(255);
  const silent = name === 'block3_conv3' && filter === 7;
  const order = [...photos.keys()].sort((a, b) => ((a * 7 + filter * 5) % 9) - ((b * 7 + filter * 5) % 9));
  const patches: Patch[] = [];
  for (const [rank, image] of silent ? [] : order.entries()) {
    // One patch of some filters is at the left border of its image.
    const outside = name === 'block3_conv3' && filter < 4 && rank === 4 ? 12 : 0;
    const x = outside > 0 ? -outside : Math.floor(next() * (SIDE - side));
    const y = Math.floor(next() * (SIDE - side));
    const at = {
      x: (rank % 3) * (TILE + GAP),
      y: Math.floor(rank / 3) * (TILE + GAP),
      width: TILE,
      height: TILE,
    };
    const projectionAt = { ...at, x: at.x + block + 3 * GAP };
    for (let row = 0; row < TILE; row++) {
      for (let column = 0; column < TILE; column++) {
        const px = x + Math.floor((column * side) / TILE);
        const py = y + Math.floor((row * side) / TILE);
        if (px < 0) {
          const grey = (row + column) % 8 < 3 ? 172 : 212;
          for (const { x: left, y: top } of [at, projectionAt]) {
            const to = ((top + row) * width + left + column) * 3;
            if (left < width) canvas.fill(grey, to, to + 3);
          }
          continue;
        }
        const [here, above] = [(py * SIDE + px) * 3, (Math.max(0, py - 1) * SIDE + Math.max(0, px - 1)) * 3];
        for (let c = 0; c < 3; c++) {
          const { data } = photos[image]!;
          canvas[((at.y + row) * width + at.x + column) * 3 + c] = data[here + c]! * 255;
          if (projection === 'none') continue;
          const edge = 127 + 900 * (data[here + c]! - data[above + c]!);
          canvas[((projectionAt.y + row) * width + projectionAt.x + column) * 3 + c] = Math.min(
            255,
            Math.max(0, edge),
          );
        }
      }
    }
    patches.push({
      image: `photo-${image}`,
      box: { x: Math.max(0, x), y, width: side - outside, height: side },
      ...(outside > 0 ? { receptiveField: { x, y, width: side, height: side } } : {}),
      ...(side > 20
        ? { effective: { x: x + side * 0.25, y: y + side * 0.25, width: side * 0.5, height: side * 0.5 } }
        : {}),
      activation: Number((30 - rank * 2.1 - filter * 0.3).toFixed(3)),
      at,
      ...(projection === 'none' ? {} : { projectionAt }),
      ...(rank === 0 ? { values: 'projection-0' } : {}),
    });
  }
  const src = await webp(Buffer.from(canvas), width, block, assets);
  const values = await assets.add(Buffer.from(`\x93NUMPY projection of ${name} ${filter}`), 'npy');
  return {
    ...{ layer: name, filter, label: `filter ${filter}`, kind: 'image', src, width, height: block },
    range: [0, 255],
    ...(silent ? { flags: ['silent'] } : {}),
    facts: {
      patches,
      // As with `border: avoid`: the first filter has a stronger place at the border, the others none.
      ...(projection === 'none'
        ? {
            leftOut: [
              {
                ...{
                  image: 'photo-0',
                  activation: 41.5,
                  box: { x: 0, y: 20, width: side - 1, height: side },
                },
                receptiveField: { x: -1, y: 20, width: side, height: side },
              },
            ].slice(filter === 0 ? 0 : 1),
          }
        : {}),
      maxima: {
        counts: [0, 2, 7, 14, 22, 13, 9, 5, 4, 2, 1, 1, 0, 3, 2, 4].map((n) => (silent ? 0 : n)),
        range: [0, 30],
      },
      classMeans: ['animals', 'plants', 'places'].map((kind, index) => ({
        ...{ class: kind, count: 3 },
        mean: silent ? 0 : Number((20 / (1 + ((index + filter) % 3))).toFixed(3)),
      })),
    } satisfies PatchFacts,
    files: { 'projection-0': { kind: 'array', src: values, shape: [SIDE, SIDE, 3] } },
  };
}

async function webp(rgb: Buffer, width: number, height: number, assets: Assets): Promise<string> {
  const bytes = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .webp({ quality: 90 })
    .toBuffer();
  return assets.add(bytes, 'webp');
}
