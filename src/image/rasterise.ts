import sharp from 'sharp';

/** Straight (not premultiplied) colour and opacity: uint8 [height, width, 4]. */
export interface Raster {
  readonly height: number;
  readonly width: number;
  readonly rgba: Uint8Array;
}

/** An SVG that this program wrote, as pixels at the size it states. It must hold no text and no links: no font, no file is read. */
export async function rasterise(svg: string): Promise<Raster> {
  const { data, info } = await sharp(Buffer.from(svg), { density: 72 })
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return {
    height: info.height,
    width: info.width,
    rgba: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}
