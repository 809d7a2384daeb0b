import { element, svg } from './dom.ts';
import type { Found } from './find.ts';
import { clipped, inside, mapRect, receptiveField } from './place.ts';
import type { Rect, Size } from './place.ts';
import { valueAt } from './value-grids.ts';
import type { CellValue, Grid } from './value-grids.ts';

/** A place of a panel. */
export interface PanelPosition {
  /** Of the whole map; of the panel's own pixels where it is none. */
  readonly row: number;
  readonly column: number;
}

export interface Shown {
  readonly found: Found;
  readonly grid: Grid | undefined;
}

/** Rows and columns of what a panel shows, before it was made smaller for display. */
export function sizeOf({ found, grid }: Shown): Size {
  if (grid) return grid;
  const { layer, crop, kind, box } = found;
  if (box) return { width: box[2], height: box[3] };
  if (kind === 'composite' && layer?.size) return { height: layer.size[0], width: layer.size[1] };
  return crop;
}

/** The part of its image that the whole panel covers, in the image's pixels; undefined where it is of no image. */
export function coveredBy(shown: Shown): Rect | undefined {
  const { image, box, layer, view, kind } = shown.found;
  if (!image) return undefined;
  if (box) return { x: box[0], y: box[1], width: box[2], height: box[3] };
  const whole = { x: 0, y: 0, width: image.width, height: image.height };
  return kind === 'image' || view.over ? whole : mapRect(layer?.field, sizeOf(shown), image);
}

/** The part of the image that a place is computed from: its receptive field; all of it where the network mixes all places. */
export function fieldOf(shown: Shown, { row, column }: PanelPosition): Rect | undefined {
  const { image, layer, kind, box } = shown.found;
  if (!image) return undefined;
  if (kind === 'image' || box) {
    const { x, y } = coveredBy(shown)!;
    return { x: x + column, y: y + row, width: 1, height: 1 };
  }
  return layer?.field ? receptiveField(layer.field, row, column) : { x: 0, y: 0, ...image };
}

/** Undefined where no value is known. */
export const valueOf = ({ grid }: Shown, { row, column }: PanelPosition): CellValue | undefined =>
  grid && valueAt(grid, row, column);

/** A panel cut from its sprite. It fills what it is put into across. */
export function cutOf(found: Found, crop: Rect = found.crop): HTMLElement {
  const { sprite, view, silent, layer, image } = found;
  const img = element('img', {
    src: sprite.href,
    width: sprite.width,
    height: sprite.height,
    draggable: false,
  });
  img.alt = [view.noun, layer?.name, found.filter === undefined ? '' : `filter ${found.filter}`, image?.name]
    .filter(Boolean)
    .join(', ');
  img.className = Math.max(crop.width, crop.height) < view.pixelsBelow ? 'pixels' : '';
  img.style.width = `${(100 * sprite.width) / crop.width}%`;
  img.style.left = `${(-100 * crop.x) / crop.width}%`;
  img.style.top = `${(-100 * crop.y) / crop.height}%`;
  const cut = element('span', { className: silent ? 'cut silent' : 'cut' }, img);
  cut.style.aspectRatio = `${crop.width}/${crop.height}`;
  return cut;
}

/** A panel, over its image where that is asked for, with a mark on one of its places. */
export class PanelFigure {
  readonly element = element('div', { className: 'stage', tabIndex: 0 });
  readonly #plane = element('div', { className: 'plane' });
  readonly #spot = element('span', { className: 'spot', hidden: true });
  #shown: Shown | undefined;
  /** Where the panel lies on the plane, 0..1. */
  #area: Rect = { x: 0, y: 0, width: 1, height: 1 };
  #zoom = 1;
  cut: HTMLElement | undefined;

  /** @param onPlace the place under the pointer, undefined when it leaves; @param onPick one that is clicked */
  constructor(onPlace: (place: PanelPosition | undefined) => void, onPick: (place: PanelPosition) => void) {
    this.element.append(this.#plane);
    this.element.addEventListener('pointermove', (event) => onPlace(this.#placeAt(event)));
    this.element.addEventListener('pointerleave', () => onPlace(undefined));
    this.element.addEventListener('click', (event) => {
      const place = this.#placeAt(event);
      if (place) onPick(place);
    });
  }

  /**
   * @param zoom pixels of the page for one of the panel; undefined: as many whole ones as there is room for
   * @param under how much of the image shows through, 0..1
   * @returns the zoom that is used
   */
  show(shown: Shown, zoom: number | undefined, under: number): number {
    this.#shown = shown;
    const { found } = shown;
    const image = found.image;
    const covered = coveredBy(shown);
    const isLaid = under > 0 && image !== undefined && covered !== undefined && !found.box;
    this.#area = isLaid ? inside(covered, image) : { x: 0, y: 0, width: 1, height: 1 };
    const cut = cutOf(found);
    this.cut = cut;
    place(cut, this.#area);
    cut.style.opacity = String(isLaid ? 1 - under : 1);
    this.#plane.replaceChildren(cut);
    if (isLaid) {
      const back = element('img', { src: image.href, className: 'under', alt: '' });
      this.#plane.prepend(back);
    }
    this.#plane.append(this.#spot);
    const plane = isLaid ? image : found.crop;
    this.#plane.style.aspectRatio = `${plane.width}/${plane.height}`;
    const scale = this.#area.width;
    const room = {
      width: (this.element.clientWidth - 2) * scale,
      height: innerHeight * (innerWidth < 700 ? 0.42 : 0.6) * this.#area.height,
    };
    const fit = Math.min(room.width / found.crop.width, room.height / found.crop.height);
    this.#zoom = zoom ?? (fit >= 1 ? Math.floor(fit) : Math.min(1, room.width / found.crop.width));
    this.#plane.style.width = `${(found.crop.width * this.#zoom) / scale}px`;
    return this.#zoom;
  }

  mark(at: PanelPosition | undefined): void {
    this.#spot.hidden = !at || !this.#shown;
    if (!at || !this.#shown) return;
    const size = sizeOf(this.#shown);
    const { x, y, width, height } = this.#area;
    place(this.#spot, {
      x: x + (at.column / size.width) * width,
      y: y + (at.row / size.height) * height,
      width: width / size.width,
      height: height / size.height,
    });
  }

  #placeAt({ clientX, clientY }: MouseEvent): PanelPosition | undefined {
    if (!this.#shown || !this.cut) return undefined;
    const box = this.cut.getBoundingClientRect();
    const size = sizeOf(this.#shown);
    const column = Math.floor(((clientX - box.left) / box.width) * size.width);
    const row = Math.floor(((clientY - box.top) / box.height) * size.height);
    return row < 0 || column < 0 || row >= size.height || column >= size.width ? undefined : { row, column };
  }
}

function place(part: HTMLElement, { x, y, width, height }: Rect): void {
  part.style.left = `${100 * x}%`;
  part.style.top = `${100 * y}%`;
  part.style.width = `${100 * width}%`;
  if (part.classList.contains('spot')) part.style.height = `${100 * height}%`;
}

/** The image that a panel is of, with a frame around what a place is computed from. */
export class InputFigure {
  readonly element = element('div', { className: 'input' });
  readonly #field = svg('rect', { class: 'field' });
  #shown: Shown | undefined;

  show(shown: Shown): void {
    this.#shown = shown;
    const { image, box } = shown.found;
    this.element.hidden = !image;
    if (!image) return;
    const img = element('img', { src: image.href, width: image.width, height: image.height });
    img.alt = `${image.name}, ${image.width} × ${image.height} pixels`;
    if (Math.max(image.width, image.height) < 200) img.className = 'pixels';
    const frame = svg('svg', { viewBox: `0 0 ${image.width} ${image.height}`, 'aria-hidden': 'true' });
    if (box) frame.append(svg('rect', { class: 'box', x: box[0], y: box[1], width: box[2], height: box[3] }));
    frame.append(this.#field);
    this.element.replaceChildren(img, frame);
    this.mark(undefined);
  }

  mark(at: PanelPosition | undefined): void {
    const shown = this.#shown;
    const field = at && shown && fieldOf(shown, at);
    this.#field.style.display = field ? '' : 'none';
    if (!field || !shown?.found.image) return;
    const { x, y, width, height } = clipped(field, shown.found.image);
    for (const [name, value] of Object.entries({ x, y, width, height }))
      this.#field.setAttribute(name, String(value));
  }
}
