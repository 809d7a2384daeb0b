import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { interpolateViridis } from 'd3-scale-chromatic';
import {
  gallerySchema,
  reportSchema,
  type Gallery,
  type LayerInfo,
  type Panel,
  type Report,
  type View,
} from '../../src/schema/report.ts';
import { excitationReport } from './sample-excitation.ts';
import { Assets, base, composedPicture, layer, photo, PHOTOS, random, type Field } from './sample-pieces.ts';

/**
 * A made-up gallery in the form that the pipeline hands to the site, with true (if untrained) feature maps of real
 * photographs, so that pages can be judged by eye without a pipeline.
 */
export interface SampleOptions {
  /** Side of the images of the second experiment. */
  size?: number;
  /** Images of the second experiment. */
  images?: number;
  /** Filters of each layer in the second experiment's large view. */
  filters?: number;
  /** Layers of the large view. */
  layers?: number;
}

export interface Sample {
  readonly dataDir: string;
  readonly assetsDir: string;
  readonly gallery: Gallery;
  readonly reports: ReadonlyMap<string, Report>;
}

export const UNSAFE_TEXT = {
  layer: 'block/../1 <script>alert("l")</script> & "ünï" 卷积',
  image: `../<img src=x onerror=alert(1)> "quote" 'n' #1?.png`,
  view: 'views/..//"><b>bold</b>',
  label: '<b>label</b> & "more" 🐈',
};

/** Names that would act on what shows them: colours of a terminal, writing turned round, halves of characters; and a long one. */
export const HOSTILE: typeof UNSAFE_TEXT = {
  layer: 'c1\u001b[31m</script>\u202e שלום \u0000\u009b2J',
  image: `תמונה\u202egnp.exe \u2066\u200f\ud800 " style="position:fixed" style=.png`,
  view: 'a-long-name-'.repeat(17).slice(0, 200),
  label: 'سلام \u2067label\u202e style=',
};

const GROUPS: Readonly<Record<string, string>> = {
  'cats-through-convolutions': 'First steps',
  'many-pictures': 'First steps',
  'what-excites-filters': 'What excites a filter',
};

export async function writeSample(folder: string, options: SampleOptions = {}): Promise<Sample> {
  const { images = 9, filters = 49, layers = 3, size = 96 } = options;
  const dataDir = join(folder, 'site');
  const assetsDir = join(folder, 'assets');
  await mkdir(assetsDir, { recursive: true });
  const assets = new Assets(assetsDir);
  const reports = new Map<string, Report>();
  const files = new Map<string, Panel[]>();

  for (const report of [
    await stagesReport(assets),
    await manyReport(assets, files, images, filters, layers, size),
    await excitationReport(assets),
    await unsafeReport(assets, 'nasty-names', UNSAFE_TEXT),
    await unsafeReport(assets, 'hostile-names', HOSTILE),
    emptyReport(),
  ]) {
    reports.set(report.experiment.id, reportSchema.parse(report));
  }
  const gallery: Gallery = gallerySchema.parse({
    schemaVersion: 1,
    experiments: [
      ...[...reports.values()].map(({ experiment: { id, title } }) => ({
        ...{ status: 'ready', id, title },
        ...(GROUPS[id] === undefined ? {} : { group: GROUPS[id] }),
      })),
      {
        status: 'skipped',
        id: 'vgg16-first-and-last',
        title: 'What VGG16 sees first and last',
        description: 'The first and the last convolution of a trained network, side by side.',
        notice:
          'The weights of vgg16 are not on this machine.\nRun `npx filterscope weights pull vgg16` (59 MB), then build again.',
        source: 'title: What VGG16 sees first and last\noptional: true\nmodel:\n  zoo: vgg16\n',
      },
    ],
  });
  await mkdir(dataDir, { recursive: true });
  await writeFile(join(dataDir, 'gallery.json'), JSON.stringify(gallery));
  for (const [id, report] of reports) {
    await mkdir(join(dataDir, id, 'panels'), { recursive: true });
    await writeFile(join(dataDir, id, 'report.json'), JSON.stringify(report));
  }
  for (const [path, panels] of files) await writeFile(join(dataDir, path), JSON.stringify(panels));
  return { dataDir, assetsDir, gallery, reports };
}

function convolve(input: Field, filters: number, kernel: number, seed: number): Field {
  const next = random(seed);
  const width = input.width - kernel + 1;
  const height = input.height - kernel + 1;
  const weights = Float32Array.from(
    { length: kernel * kernel * input.channels * filters },
    () => next() - 0.5,
  );
  // Weights that nearly cancel answer to edges rather than to brightness, as trained ones do.
  const taps = kernel * kernel * input.channels;
  for (let f = 0; f < filters; f++) {
    let mean = 0;
    for (let t = 0; t < taps; t++) mean += weights[t * filters + f]! / taps;
    for (let t = 0; t < taps; t++) weights[t * filters + f]! -= mean * (1 - (f % 5) * 0.05);
  }
  const data = new Float32Array(width * height * filters);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let f = 0; f < filters; f++) {
        let sum = 0;
        let w = f;
        for (let ky = 0; ky < kernel; ky++) {
          for (let kx = 0; kx < kernel; kx++) {
            const at = ((y + ky) * input.width + x + kx) * input.channels;
            for (let c = 0; c < input.channels; c++, w += filters) sum += input.data[at + c]! * weights[w]!;
          }
        }
        data[(y * width + x) * filters + f] = sum;
      }
    }
  }
  return { width, height, channels: filters, data };
}

function relu(input: Field): Field {
  return { ...input, data: input.data.map((value) => Math.max(0, value)) };
}

function pool(input: Field, size: number): Field {
  const width = Math.floor(input.width / size);
  const height = Math.floor(input.height / size);
  const data = new Float32Array(width * height * input.channels).fill(-Infinity);
  for (let y = 0; y < height * size; y++) {
    for (let x = 0; x < width * size; x++) {
      for (let c = 0; c < input.channels; c++) {
        const to = (Math.floor(y / size) * width + Math.floor(x / size)) * input.channels + c;
        data[to] = Math.max(data[to]!, input.data[(y * input.width + x) * input.channels + c]!);
      }
    }
  }
  return { width, height, channels: input.channels, data };
}

function rangeOf(field: Field, channel: number): [number, number] {
  let least = Infinity;
  let greatest = -Infinity;
  for (let i = channel; i < field.data.length; i += field.channels) {
    least = Math.min(least, field.data[i]!);
    greatest = Math.max(greatest, field.data[i]!);
  }
  return [Number(least.toPrecision(6)), Number(greatest.toPrecision(6))];
}

const PALETTE = Array.from({ length: 256 }, (_, i) => {
  const [r, g, b] = interpolateViridis(i / 255).match(/\w\w/g)!;
  return [parseInt(r!, 16), parseInt(g!, 16), parseInt(b!, 16)] as const;
});

/** Many one-channel maps of one size as one lossless image. `bands` > 0 makes them look like filled contours. */
async function sprite(
  assets: Assets,
  maps: readonly { field: Field; channel: number }[],
  columns: number,
  bands = 0,
): Promise<{ src: string; sheet: { width: number; height: number }; crops: NonNullable<Panel['crop']>[] }> {
  const { width, height } = maps[0]!.field;
  const rows = Math.ceil(maps.length / columns);
  const sheet = { width: columns * width, height: rows * height };
  const bytes = Buffer.alloc(sheet.width * sheet.height * 3);
  const crops = maps.map(({ field, channel }, index) => {
    const left = (index % columns) * width;
    const top = Math.floor(index / columns) * height;
    const [least, greatest] = rangeOf(field, channel);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = field.data[(y * width + x) * field.channels + channel]!;
        let t = greatest > least ? Math.min(1, Math.max(0, (value - least) / (greatest - least))) : 0;
        if (bands > 0) t = Math.min(bands - 1, Math.floor(t * bands)) / (bands - 1);
        bytes.set(PALETTE[Math.round(t * 255)]!, ((top + y) * sheet.width + left + x) * 3);
      }
    }
    return { x: left, y: top, width, height };
  });
  const webp = await sharp(bytes, { raw: { ...sheet, channels: 3 } })
    .webp({ lossless: true, effort: 0 })
    .toBuffer();
  return { src: await assets.add(webp, 'webp'), sheet, crops };
}

/** Three channels of a field as red, green and blue, each stretched to its own range or all to one. */
async function composite(assets: Assets, field: Field, from = 0): Promise<Pick<Panel, 'src' | 'range'>> {
  const channels = [0, 1, 2].map((i) => (from + i) % field.channels);
  const ranges = channels.map((channel) => rangeOf(field, channel));
  const least = Math.min(...ranges.map(([low]) => low));
  const greatest = Math.max(...ranges.map(([, high]) => high));
  const bytes = Buffer.alloc(field.width * field.height * 3);
  for (let i = 0; i < field.width * field.height; i++) {
    channels.forEach((channel, c) => {
      bytes[i * 3 + c] =
        ((field.data[i * field.channels + channel]! - least) / (greatest - least || 1)) * 255;
    });
  }
  const png = await sharp(bytes, { raw: { width: field.width, height: field.height, channels: 3 } })
    .png()
    .toBuffer();
  return { src: await assets.add(png, 'png'), range: [least, greatest] };
}

async function colorBar(
  assets: Assets,
  range: [number, number],
  bands = 0,
): Promise<NonNullable<View['colorBar']>> {
  const bytes = Buffer.alloc(256 * 3);
  PALETTE.forEach((_, i) => {
    const t = bands > 0 ? Math.min(bands - 1, Math.floor((i / 256) * bands)) / (bands - 1) : i / 255;
    bytes.set(PALETTE[Math.round(t * 255)]!, i * 3);
  });
  const png = await sharp(bytes, { raw: { width: 256, height: 1, channels: 3 } })
    .resize(512, 24, { kernel: 'nearest', fit: 'fill' })
    .png()
    .toBuffer();
  return { src: await assets.add(png, 'png'), width: 512, height: 24, range };
}

async function stagesReport(assets: Assets): Promise<Report> {
  const { field, png } = await photo(0, 400, 320);
  const conv = convolve(field, 3, 3, 1);
  const wide = convolve(field, 3, 10, 2);
  const rectified = relu(wide);
  const pooled = pool(rectified, 2);
  const small = pool(rectified, 3);
  const picture = {
    id: 'cat-png',
    file: 'cat.png',
    width: 400,
    height: 320,
    src: await assets.add(png, 'webp'),
  };
  const stages = [
    { name: 'conv_3x3', field: conv },
    { name: 'conv_10x10', field: wide },
    { name: 'relu', field: rectified },
    { name: 'pool_2', field: pooled },
    { name: 'pool_3', field: small },
  ];
  const panels: Panel[] = [
    {
      image: picture.id,
      kind: 'image',
      label: 'the picture: 400 × 320',
      src: picture.src,
      width: 400,
      height: 320,
      range: [0, 255],
    },
  ];
  for (const stage of stages) {
    panels.push({
      layer: stage.name,
      image: picture.id,
      kind: 'composite',
      label: `${stage.name}: ${stage.field.width} × ${stage.field.height}`,
      width: stage.field.width,
      height: stage.field.height,
      ...(await composite(assets, stage.field)),
    });
  }
  const single = await sprite(
    assets,
    [0, 1, 2].map((channel) => ({ field: wide, channel })),
    3,
  );
  const alone: Panel[] = single.crops.map((crop, filter) => ({
    layer: 'conv_10x10',
    filter,
    image: picture.id,
    kind: 'map',
    label: `filter: ${filter}`,
    src: single.src,
    width: crop.width,
    height: crop.height,
    crop,
    sheet: single.sheet,
    range: rangeOf(wide, filter),
  }));
  const head = base('cats-through-convolutions', 'A cat through convolutions');
  return {
    ...head,
    experiment: {
      ...head.experiment,
      description:
        'One photograph of a cat, taken by Eadweard Muybridge in 1887, through layers that have learned nothing yet: what convolution, activation and pooling do to a picture.',
      cover: { src: await assets.add(png, 'png'), width: 400, height: 320 },
      narrative: [
        {
          kind: 'html',
          html: '<p>A convolution slides a small window over the picture. At each place it multiplies the pixels below the window with its <em>weights</em> and adds them up; the sum becomes one pixel of a new picture. Nothing here has been trained: the weights are random numbers, drawn once from a seed.</p><h2>One window, three filters</h2><p>A layer has many such windows, called <strong>filters</strong>. Three of them give three new pictures, which can be shown as the red, green and blue of one.</p>',
        },
        {
          kind: 'figure',
          view: 'stages',
          caption:
            'The image after each layer, three filters shown as red, green and blue. A 3 × 3 window takes away two pixels of each side’s length; pooling halves it.',
        },
        {
          kind: 'html',
          html: '<h2>One filter alone</h2><p>Seen one at a time and rescaled to their own range, the channels can be told apart. The output of a window of size <code>k</code> without padding is <code>k − 1</code> pixels smaller:</p><blockquote><p>400 × 320 → 398 × 318 → 391 × 311</p></blockquote><ul><li>edges come out strong where the weights change sign,</li><li>flat parts become one value.</li></ul>',
        },
        {
          kind: 'figure',
          view: 'alone',
          caption: 'Each filter of the 10 × 10 convolution, scaled to its own values.',
        },
        {
          kind: 'html',
          html: '<pre><code>y[i, j] = Σ x[i + u, j + v] · w[u, v]</code></pre><table><thead><tr><th>layer</th><th>size</th></tr></thead><tbody><tr><td>conv</td><td>398 × 318</td></tr></tbody></table>',
        },
      ],
    },
    model: {
      name: 'inline',
      format: 'inline',
      inputShape: [320, 400, 3],
      parameters: 1_000,
      weightsSha256: 'a'.repeat(64),
      layers: [
        layer(0, 'input', 'InputLayer', [320, 400, 3], 0, 1),
        layer(1, 'conv_3x3', 'Conv2D', [318, 398, 3], 84, 3),
        layer(2, 'conv_10x10', 'Conv2D', [311, 391, 3], 903, 10),
        layer(3, 'relu', 'ReLU', [311, 391, 3], 0, 10),
        layer(4, 'pool_2', 'MaxPooling2D', [155, 195, 3], 0, 11),
        layer(5, 'pool_3', 'MaxPooling2D', [103, 130, 3], 0, 12),
      ],
    },
    images: [picture],
    views: [
      {
        id: 'stages',
        technique: 'stages',
        title: 'Step by step',
        grid: { rows: 2, columns: 3 },
        settings: { images: 'cat.png', composite: 'rgb', normalize: 'panel' },
        picture: await composedPicture(assets, 'Step by step', 3, 2),
        panelCount: panels.length,
        panels,
      },
      {
        id: 'alone',
        technique: 'feature-maps',
        title: 'Three filters of the 10 × 10 convolution',
        grid: { rows: 1, columns: 3 },
        settings: {
          layer: 'conv_10x10',
          filters: '0-2',
          style: 'heatmap',
          colormap: 'viridis',
          normalize: 'panel',
        },
        picture: await composedPicture(assets, 'Three filters', 3, 1),
        colorBar: await colorBar(assets, alone[0]!.range as [number, number]),
        panelCount: alone.length,
        panels: alone,
        values: [
          {
            layer: 'conv_10x10',
            image: picture.id,
            filters: [0, 1, 2],
            src: await assets.add(Buffer.from('\x93NUMPY made up'), 'npy'),
          },
        ],
      },
    ],
  };
}

async function manyReport(
  assets: Assets,
  files: Map<string, Panel[]>,
  imageCount: number,
  filters: number,
  layerCount: number,
  side: number,
): Promise<Report> {
  const id = 'many-pictures';
  const head = base(id, 'Many filters, many pictures');
  const photos = await Promise.all(Array.from({ length: imageCount }, (_, i) => photo(i, side, side)));
  const images: Report['images'] = [];
  for (const [index, { png }] of photos.entries()) {
    images.push({
      id: `${index % 2 ? 'b' : 'a'}-${String(index).padStart(2, '0')}-jpg`,
      file: `${index % 2 ? 'b' : 'a'}/${String(index).padStart(2, '0')}-${PHOTOS[index % PHOTOS.length]}.jpg`,
      class: index % 2 ? 'b' : 'a',
      width: side,
      height: side,
      src: await assets.add(png, 'webp'),
    });
  }
  const names = Array.from({ length: layerCount }, (_, i) => `block${i + 1}_conv1`);
  const layers: LayerInfo[] = [layer(0, 'input_1', 'InputLayer', [side, side, 3], 0, 1)];
  // Maps of each layer and image: convolution, ReLU and, between layers, pooling.
  const maps: Field[][] = names.map(() => []);
  for (const { field } of photos) {
    let at = field;
    names.forEach((_, l) => {
      at = relu(convolve(at, l === 0 ? 49 : Math.min(filters, 24), 3, 10 + l));
      maps[l]!.push(at);
      at = pool(at, 2);
    });
  }
  names.forEach((name, l) => {
    const { width, height } = maps[l]![0]!;
    layers.push(
      layer(layers.length, name, 'Conv2D', [height, width, filters], 27 * filters * (l + 1), 3 + l * 4),
    );
    layers.push(
      layer(
        layers.length,
        name.replace('conv1', 'pool'),
        'MaxPooling2D',
        [height >> 1, width >> 1, filters],
        0,
        4 + l * 4,
      ),
    );
  });
  layers.push({
    index: layers.length,
    name: 'flatten',
    type: 'Flatten',
    kind: 'shape',
    outputShape: [4096],
    parameters: 0,
  });
  layers.push({
    index: layers.length,
    name: 'predictions',
    type: 'Dense',
    kind: 'dense',
    outputShape: [10],
    filters: 10,
    parameters: 40970,
  });

  const first = maps[0]![0]!;
  const contour = await sprite(
    assets,
    Array.from({ length: 49 }, (_, channel) => ({ field: first, channel })),
    7,
    7,
  );
  const contourPanels: Panel[] = contour.crops.map((crop, filter) => ({
    layer: names[0]!,
    filter,
    image: images[0]!.id,
    kind: 'map',
    label: `filter: ${filter}`,
    src: contour.src,
    width: crop.width,
    height: crop.height,
    crop,
    sheet: contour.sheet,
    range: rangeOf(first, filter),
    ...(filter === 5 && { flags: ['nan'] }),
    ...(filter === 6 && { flags: ['silent'], range: [0, 0] }),
  }));
  const eleven = await sprite(
    assets,
    maps[0]!.map((field) => ({ field, channel: 11 })),
    7,
    7,
  );
  const elevenPanels: Panel[] = eleven.crops.map((crop, index) => ({
    layer: names[0]!,
    filter: 11,
    image: images[index]!.id,
    kind: 'map',
    label: `image: ${index}`,
    src: eleven.src,
    width: crop.width,
    height: crop.height,
    crop,
    sheet: eleven.sheet,
    range: rangeOf(maps[0]![index]!, 11),
  }));

  const panelFiles: NonNullable<View['panelFiles']> = [];
  for (const [l, name] of names.entries()) {
    const list: Panel[] = [];
    for (const [i, image] of images.entries()) {
      const field = maps[l]![i]!;
      const columns = Math.ceil(Math.sqrt(filters));
      const drawn = await sprite(
        assets,
        Array.from({ length: filters }, (_, filter) => ({ field, channel: filter % field.channels })),
        columns,
      );
      drawn.crops.forEach((crop, filter) =>
        list.push({
          layer: name,
          filter,
          image: image.id,
          kind: 'map',
          label: `filter: ${filter}`,
          src: drawn.src,
          width: crop.width,
          height: crop.height,
          crop,
          sheet: drawn.sheet,
          range: rangeOf(field, filter % field.channels),
        }),
      );
    }
    files.set(`${id}/panels/${name}.json`, list);
    panelFiles.push({ layer: name, src: `panels/${name}.json`, count: list.length });
  }
  return {
    ...head,
    experiment: {
      ...head.experiment,
      description:
        'Every filter of every layer for all pictures, the first layer as contours, and one filter over all pictures.',
      narrative: [
        {
          kind: 'html',
          html: '<p>The first layer’s filters answer to edges and colours. The grid below shows all of them for one picture.</p>',
        },
        {
          kind: 'figure',
          view: 'first-layer',
          caption: 'First 49 filters of the first layer for one picture, as filled contours.',
        },
        { kind: 'figure', view: 'everything', caption: 'All of it.' },
      ],
    },
    warnings: ['block2_conv1: 3 of 28,224 weights are NaN; its maps show what the arithmetic makes of them.'],
    skipped: [
      { file: 'a/broken.png', reason: 'not a picture: pngload_buffer: end of stream' },
      { file: 'b/empty.jpg', reason: 'The file is empty.' },
    ],
    model: {
      name: 'vgg16',
      format: 'zoo',
      inputShape: [side, side, 3],
      parameters: 14_714_688,
      weightsSha256: 'b'.repeat(64),
      layers,
    },
    images,
    views: [
      {
        id: 'first-layer',
        technique: 'feature-maps',
        title: 'The first 49 filters of block1_conv1',
        grid: { rows: 7, columns: 7 },
        settings: {
          layer: names[0],
          filters: '0-48',
          images: 0,
          style: 'contour',
          levels: 7,
          colormap: 'viridis',
          normalize: 'panel',
          values: false,
        },
        picture: await composedPicture(assets, 'The first 49 filters of block1_conv1', 7, 7),
        colorBar: await colorBar(assets, [0, 1.9], 7),
        panelCount: 49,
        panels: contourPanels,
      },
      {
        id: 'filter-11',
        technique: 'feature-maps',
        title: `Filter 11 of block1_conv1 over ${imageCount} pictures`,
        grid: { rows: Math.ceil(imageCount / 7), columns: 7 },
        settings: {
          layer: names[0],
          filters: 11,
          images: 'all',
          label: 'image: {image}',
          normalize: 'layer',
          style: 'contour',
        },
        picture: await composedPicture(assets, 'Filter 11', 7, Math.ceil(imageCount / 7)),
        colorBar: await colorBar(assets, [0, 2.3], 7),
        panelCount: elevenPanels.length,
        panels: elevenPanels,
      },
      {
        id: 'everything',
        technique: 'feature-maps',
        title: 'Every filter of every layer for every picture',
        grid: { rows: filters, columns: imageCount },
        settings: { layers: 'all-conv', filters: 'all', images: 'all', normalize: 'panel' },
        picture: await composedPicture(assets, 'Everything', 7, 7),
        colorBar: await colorBar(assets, [0, 2.3]),
        panelCount: panelFiles.reduce((sum, { count }) => sum + count, 0),
        panels: [],
        panelFiles,
      },
    ],
  };
}

async function unsafeReport(assets: Assets, id: string, names: typeof UNSAFE_TEXT): Promise<Report> {
  const head = base(
    id,
    `<script>alert("title")</script> & friends${names === HOSTILE ? ` ${HOSTILE.label} ${HOSTILE.view}` : ''}`,
  );
  const { field, png } = await photo(3, 64, 48);
  const image = {
    id: names.image,
    file: names.image,
    class: names === UNSAFE_TEXT ? '<i>class</i>' : `${names.label}${names.view}`,
    width: 64,
    height: 48,
    src: await assets.add(png, 'webp'),
  };
  const map = convolve(field, 4, 3, 3);
  const drawn = await sprite(
    assets,
    [0, 1, 2, 3].map((channel) => ({ field: map, channel })),
    2,
  );
  const panels: Panel[] = drawn.crops.map((crop, filter) => ({
    layer: names.layer,
    filter,
    image: image.id,
    kind: 'map',
    label: `${names.label} ${filter}`,
    src: drawn.src,
    width: crop.width,
    height: crop.height,
    crop,
    sheet: drawn.sheet,
    range: filter === 3 ? [null, null] : rangeOf(map, filter),
  }));
  return {
    ...head,
    experiment: {
      ...head.experiment,
      source: 'title: "</details></pre><script>alert(1)</script>"\n',
      description: '"><img src=x onerror=alert(2)>',
    },
    warnings: [`<b>bold</b> warning of ${names.layer}`],
    skipped: [{ file: '<u>file</u>.png', reason: '<script>alert(3)</script>' }],
    model: {
      name: '<i>model</i>',
      format: 'inline',
      inputShape: [48, 64, 3],
      parameters: 112,
      weightsSha256: 'c'.repeat(64),
      layers: [
        layer(0, 'input', 'InputLayer', [48, 64, 3]),
        layer(1, names.layer, 'Conv2D', [46, 62, 4], 112, 3),
      ],
    },
    images: [image],
    views: [
      {
        id: names.view,
        technique: 'feature-maps',
        title: `<b>View</b> & "title"${names === UNSAFE_TEXT ? '' : HOSTILE.view}`,
        grid: { rows: 2, columns: 2 },
        settings: { '<key>': '<value>', nested: { a: [1, 2, '</script>'] } },
        picture: await composedPicture(assets, 'View', 2, 2),
        panelCount: 4,
        panels,
      },
    ],
  };
}

/** A report on a network alone: no image, no view. */
function emptyReport(): Report {
  return {
    ...base('nothing-yet', 'A network and nothing else'),
    model: {
      name: 'lenet',
      format: 'zoo',
      inputShape: [28, 28, 1],
      parameters: 0,
      weightsSha256: 'd'.repeat(64),
      layers: [layer(0, 'input', 'InputLayer', [28, 28, 1])],
    },
    images: [],
    views: [],
  };
}
