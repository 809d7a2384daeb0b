import { queryOf, writeQuery } from './address.ts';
import { element } from './dom.ts';
import { findList, gridOf, matching } from './find.ts';
import type { Found } from './find.ts';
import type { Gallery } from './load.ts';
import { cutOf } from './panel-figure.ts';
import type { Reference } from './reference.ts';
import { joined, readTable, recolour, symmetric } from './scale.ts';
import type { ColorTable, Range } from './scale.ts';

/** Grids of maps on one scale, or each map on its own: a switch for all grids of a page, whose state is in the address. */

interface ShownMap {
  readonly cut: HTMLElement;
  readonly table: ColorTable;
  /** Of its colours. */
  readonly drawn: Range;
  /** That it has, or would have, alone. */
  readonly own: Range;
}

/** What a grid can be changed to, in the address. */
const CHANGED = { each: 'one', all: 'each' } as const;
const scalesOf = (grid: HTMLElement): keyof typeof CHANGED =>
  grid.dataset['scales'] === 'all' ? 'all' : 'each';

export function followScale(
  gallery: Gallery,
  referenceOf: (panel: HTMLElement) => Reference | undefined,
): void {
  const known = new WeakMap<HTMLElement, Promise<readonly ShownMap[]>>();
  const mapsOf = (grid: HTMLElement): Promise<readonly ShownMap[]> => {
    const maps = known.get(grid) ?? readMaps(gallery, grid, referenceOf);
    known.set(grid, maps);
    return maps;
  };
  const form = document.querySelector<HTMLElement>('form.search')!;
  const apply = async (): Promise<void> => {
    const shown: (Range | undefined)[] = [];
    for (const grid of document.querySelectorAll<HTMLElement>('[data-scales]')) {
      const scales = scalesOf(grid);
      const isChanged = queryOf().get('scale') === CHANGED[scales];
      // Not before it is asked for: of sprite sheets every map is cut out.
      const maps = isChanged || known.has(grid) ? await mapsOf(grid) : [];
      const isDiverging = maps.some(({ table }) => table.upper !== undefined);
      const range = joined(maps.map(({ own }) => own));
      const all = isDiverging ? symmetric(range) : range;
      for (const { cut, table, drawn, own } of maps)
        recolour(cut, table, drawn, !isChanged ? undefined : scales === 'each' ? all : own);
      tell(grid, isChanged, isChanged && scales === 'each' && maps.length > 1 ? all : undefined);
      if (isChanged && maps.length < 2) refuse(grid);
      else if (isChanged) shown.push(scales === 'each' ? all : undefined);
    }
    tellBar(shown);
  };
  const toggle = (): void => {
    const to = CHANGED[form.dataset['scale'] === 'all' ? 'all' : 'each'];
    writeQuery([['scale', queryOf().get('scale') === to ? undefined : to]]);
    void apply();
  };
  document.addEventListener('filterscope:scale', toggle);
  addEventListener('popstate', () => void apply());
  // The button was pressed before this script was there.
  if (form.dataset['scale'] !== undefined) toggle();
  else if (queryOf().has('scale')) void apply();
}

/** Maps whose values are all numbers, not all zero: others have colours that are no part of a scale. */
async function readMaps(
  gallery: Gallery,
  grid: HTMLElement,
  referenceOf: (panel: HTMLElement) => Reference | undefined,
): Promise<readonly ShownMap[]> {
  const maps: ShownMap[] = [];
  const tables = new Map<string, ColorTable | undefined>();
  for (const panel of grid.querySelectorAll<HTMLElement>('[data-p]')) {
    const reference = referenceOf(panel);
    const list = reference && (await findList(gallery, reference));
    const found = list ? matching(list, reference) : [];
    const known = found.filter(({ silent, nan, view }) => !silent && !nan && view.colors !== undefined);
    const cuts = panel.matches('.sheet')
      ? cutsOfSheet(panel, known)
      : [...panel.querySelectorAll<HTMLElement>('.cut')].slice(-1);
    for (const [at, cut] of cuts.entries()) {
      const each = known[at];
      if (!each) continue;
      const colors = each.report.colors[each.view.colors!]!;
      if (!tables.has(colors)) tables.set(colors, readTable(colors));
      const table = tables.get(colors);
      const values = await gridOf(gallery, each);
      if (!table || !values) continue;
      const { drawn } = values;
      const own = scalesOf(grid) === 'each' ? drawn : ownRange(each, drawn, table);
      maps.push({ cut, table, drawn, own });
    }
  }
  return maps;
}

/** The range of a map's values, as far as its colours tell them apart. */
function ownRange({ range: [low, high] }: Found, [least, greatest]: Range, table: ColorTable): Range {
  if (low === null || high === null) return [least, greatest];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (table.upper) return symmetric([Math.min(size, greatest), 0]);
  // Colours of magnitudes begin at zero.
  const own: Range = least === 0 && low < 0 ? [0, size] : [low, high];
  return [Math.max(own[0], least), Math.min(own[1], greatest)];
}

/** Each map of a sheet by itself, over the sheet. */
function cutsOfSheet(sheet: HTMLElement, found: readonly Found[]): HTMLElement[] {
  const image = sheet.querySelector('img')!;
  const cover = element('span', { className: 'cover' });
  image.after(cover);
  return found.map((each) => {
    const { crop, sprite } = each;
    const cut = cutOf(each);
    if (new URL(sprite.href, document.baseURI).href !== image.src) return cut;
    cut.style.left = `${(100 * crop.x) / sprite.width}%`;
    cut.style.top = `${(100 * crop.y) / sprite.height}%`;
    cut.style.width = `${(100 * crop.width) / sprite.width}%`;
    cover.append(cut);
    return cut;
  });
}

const buttonOf = (grid: HTMLElement): HTMLButtonElement | undefined => {
  const button = grid.previousElementSibling;
  return button?.matches('.one-scale') ? (button as HTMLButtonElement) : undefined;
};

const formatEnd = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '−');

function tell(grid: HTMLElement, isChanged: boolean, all: Range | undefined): void {
  const button = buttonOf(grid);
  if (!button) return;
  button.setAttribute('aria-pressed', String(isChanged));
  button.querySelector('span')?.remove();
  if (all) button.append(element('span', { textContent: ` ${all.map(formatEnd).join(' to ')}` }));
}

/** The ends of a view's colour bar: of its only grid the range, of several grids or maps that they differ. */
function tellBar(shown: readonly (Range | undefined)[]): void {
  const bar = document.querySelector<HTMLElement>('.plate-head .colorbar');
  if (!bar) return;
  const [low, high] = [bar.firstElementChild!, bar.lastElementChild!];
  bar.dataset['ends'] ??= JSON.stringify([low.textContent, high.textContent]);
  const [own, ...others] = shown;
  const ends: readonly string[] =
    shown.length === 0
      ? (JSON.parse(bar.dataset['ends']) as string[])
      : own && others.length === 0
        ? own.map(formatEnd)
        : ['lowest', `highest of each ${own ? 'layer' : 'panel'}`];
  [low, high].forEach((end, at) => (end.textContent = ends[at]!));
}

/** There are not two maps whose values are known. */
function refuse(grid: HTMLElement): void {
  const button = buttonOf(grid);
  if (!button) return;
  button.disabled = true;
  button.setAttribute('aria-pressed', 'false');
}
