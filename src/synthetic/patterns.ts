import type { Raster } from '../image/rasterise.ts';
import { rasterise } from '../image/rasterise.ts';
import { PATTERN_CLASSES, type PatternClass } from '../schema/generated.ts';
import { bird, butterfly, fish } from './animals.ts';
import { drawBackground } from './background.ts';
import { blur, type Canvas, hills } from './canvas.ts';
import { diceFrom, type Dice } from './dice.ts';
import { face } from './face.ts';
import { finish } from './finish.ts';
import { flower, mushroom, tree } from './garden.ts';
import { house } from './house.ts';
import { letters } from './letters.ts';
import { owl } from './owl.ts';
import { cat, dog } from './pets.ts';
import { anyStyle, createPen, type FigureDrawer } from './pen.ts';
import { cross, heart, square, star, triangle } from './shapes.ts';
import { drawTexture, type TextureDrawer } from './texture.ts';
import { bricks, checks, grid, stripes, waves, zigzag } from './textures-bands.ts';
import { dots, honeycomb, marble, scales } from './textures-cells.ts';
import { rays, rings, spiral } from './textures-round.ts';
import { bicycle, car, wheel } from './vehicles.ts';

/** Raised whenever the same class, number, seed and size give another image. */
export const PATTERNS_VERSION = 1;

export interface PatternOptions {
  /** [height, width] in pixels. */
  readonly size: readonly [number, number];
  readonly seed: number;
}

/** uint8 [height, width, channels], row-major. */
export interface Drawn<Channels extends 1 | 3 = 1 | 3> {
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
  readonly data: Uint8Array;
}

type Drawer = { readonly texture: TextureDrawer } | { readonly figure: FigureDrawer };

const texture = (drawer: TextureDrawer): Drawer => ({ texture: drawer });
const figure = (drawer: FigureDrawer): Drawer => ({ figure: drawer });

const drawers: Readonly<Record<PatternClass, Drawer>> = {
  stripes: texture(stripes),
  checks: texture(checks),
  dots: texture(dots),
  rings: texture(rings),
  spiral: texture(spiral),
  grid: texture(grid),
  honeycomb: texture(honeycomb),
  bricks: texture(bricks),
  waves: texture(waves),
  zigzag: texture(zigzag),
  marble: texture(marble),
  scales: texture(scales),
  rays: texture(rays),
  star: figure(star),
  triangle: figure(triangle),
  square: figure(square),
  cross: figure(cross),
  heart: figure(heart),
  wheel: figure(wheel),
  bicycle: figure(bicycle),
  face: figure(face),
  cat: figure(cat),
  dog: figure(dog),
  bird: figure(bird),
  fish: figure(fish),
  tree: figure(tree),
  flower: figure(flower),
  house: figure(house),
  letters: figure(letters),
  butterfly: figure(butterfly),
  car: figure(car),
  owl: figure(owl),
  mushroom: figure(mushroom),
};

/**
 * An image of a class: its `index`-th of endlessly many. The same arguments give the same bytes on every Node version.
 * What is drawn as SVG is rendered in threads: with several under way both cores are busy.
 * @throws RangeError for a class that is not among PATTERN_CLASSES
 */
export async function drawPattern(
  name: string,
  index: number,
  { size: [height, width], seed }: PatternOptions,
): Promise<Drawn<3>> {
  const drawer = drawers[name as PatternClass] as Drawer | undefined;
  if (!drawer) throw new RangeError(`${name} is not one of ${PATTERN_CLASSES.join(', ')}`);
  const dice = diceFrom(`pattern ${seed} ${name} ${index}`);
  const canvas =
    'texture' in drawer
      ? drawTexture(drawer.texture, dice, height, width)
      : await drawScene(drawer.figure, dice, height, width);
  return { height, width, channels: 3, data: finish(dice, canvas) };
}

/**
 * Where the object of the same image lies: 1 in pixels that it covers by half or more, uint8 [height, width]; undefined for a class of
 * textures, which have no object.
 */
export async function patternMask(
  name: string,
  index: number,
  { size: [height, width], seed }: PatternOptions,
): Promise<Uint8Array | undefined> {
  const drawer = drawers[name as PatternClass];
  if ('texture' in drawer) return undefined;
  const { raster } = await drawFigure(
    drawer.figure,
    diceFrom(`pattern ${seed} ${name} ${index}`),
    height,
    width,
  );
  return Uint8Array.from({ length: height * width }, (_, pixel) =>
    raster.rgba[4 * pixel + 3]! >= 128 ? 1 : 0,
  );
}

async function drawFigure(draw: FigureDrawer, dice: Dice, height: number, width: number) {
  const { canvas, tone } = drawBackground(dice, height, width);
  const pen = createPen(anyStyle(dice));
  draw(pen, dice, tone);
  const shadow = dice.chance(0.5) ? dice.between(0.15, 0.45) : 0;
  const grain = dice.chance(0.5) ? dice.between(0.02, 0.09) : 0;
  return { canvas, pen, shadow, grain, raster: await rasterise(pen.svg(height, width)) };
}

async function drawScene(draw: FigureDrawer, dice: Dice, height: number, width: number): Promise<Canvas> {
  const { canvas, pen, shadow, grain, raster } = await drawFigure(draw, dice, height, width);
  if (shadow > 0) castShadow(canvas, raster, shadow, pen.style.light);
  layOver(canvas, raster, grain > 0 ? hills(dice, height, width, 40) : undefined, grain);
  return canvas;
}

/** Darkens what lies away from the light. */
function castShadow(
  canvas: Canvas,
  { rgba }: Raster,
  depth: number,
  [lx, ly]: readonly [number, number],
): void {
  const { data, height, width } = canvas;
  const pixel = Math.min(height, width) / 100;
  const [dx, dy] = [Math.round(-4 * pixel * lx), Math.round(-4 * pixel * ly)];
  const mask = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    if (y - dy < 0 || y - dy >= height) continue;
    for (let x = 0; x < width; x++) {
      if (x - dx >= 0 && x - dx < width)
        mask[y * width + x] = rgba[4 * ((y - dy) * width + x - dx) + 3]! / 255;
    }
  }
  blur(mask, height, width, 1, 2.5 * pixel);
  for (let index = 0; index < data.length; index++) data[index]! *= 1 - depth * mask[Math.floor(index / 3)]!;
}

/** @param field hills that make the figure's surface uneven by `grain` */
function layOver(canvas: Canvas, { rgba }: Raster, field: Float32Array | undefined, grain: number): void {
  const { data } = canvas;
  for (let pixel = 0; 4 * pixel < rgba.length; pixel++) {
    const opacity = rgba[4 * pixel + 3]! / 255;
    if (opacity === 0) continue;
    const rough = field ? 1 + grain * field[pixel]! : 1;
    for (let channel = 0; channel < 3; channel++) {
      const at = 3 * pixel + channel;
      data[at]! += (rgba[4 * pixel + channel]! * rough - data[at]!) * opacity;
    }
  }
}
