import { queryOf, writeQuery } from './address.ts';
import { element } from './dom.ts';
import { findList, gridOf, matching } from './find.ts';
import type { Gallery } from './load.ts';
import type { Reference } from './reference.ts';
import { joined, readTable, recolour } from './scale.ts';
import type { ColorTable, Range } from './scale.ts';

/** Grids of maps on one scale: a switch for all grids of a page, whose state is in the address. */

interface ShownMap {
  readonly cut: HTMLElement;
  readonly table: ColorTable;
  readonly own: Range;
}

const grids = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-own-scales]')];

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
  const apply = async (): Promise<void> => {
    const isOne = queryOf().get('scale') === 'one';
    for (const grid of grids()) {
      const maps = await mapsOf(grid);
      const all = joined(maps.map(({ own }) => own));
      for (const { cut, table, own } of maps) recolour(cut, table, own, isOne ? all : undefined);
      tell(grid, maps.length > 1 && isOne ? all : undefined, maps.length > 1);
    }
  };
  const toggle = (): void => {
    writeQuery([['scale', queryOf().get('scale') === 'one' ? undefined : 'one']]);
    void apply();
  };
  document.addEventListener('filterscope:scale', toggle);
  addEventListener('popstate', () => void apply());
  const form = document.querySelector<HTMLElement>('form.search')!;
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
    const [found] = list ? matching(list, reference) : [];
    const cut = [...panel.querySelectorAll<HTMLElement>('.cut')].at(-1);
    if (!found || !cut || found.silent || found.nan || found.view.colors === undefined) continue;
    const colors = found.report.colors[found.view.colors]!;
    if (!tables.has(colors)) tables.set(colors, readTable(colors));
    const table = tables.get(colors);
    const values = await gridOf(gallery, found);
    if (table && values) maps.push({ cut, table, own: values.drawn });
  }
  return maps;
}

function tell(grid: HTMLElement, all: Range | undefined, isPossible: boolean): void {
  const button = grid.previousElementSibling;
  if (!button?.matches('.one-scale')) return;
  button.setAttribute('aria-pressed', String(all !== undefined));
  (button as HTMLButtonElement).disabled = !isPossible;
  const number = (value: number) => String(Number(value.toPrecision(3))).replace('-', '−');
  const text = all ? ` ${number(all[0])} to ${number(all[1])}` : '';
  button.replaceChildren('One scale for all', element('span', { textContent: text }));
}
