/** The page of comparisons. All of its state is in its address: what is compared, the scale, the zoom, the place, the slider. */
import { queryOf, writeQuery } from '../viewer/address.ts';
import { describePosition } from '../viewer/describe-position.ts';
import { element, nameOf } from '../viewer/dom.ts';
import { gridOf } from '../viewer/find.ts';
import type { Found } from '../viewer/find.ts';
import { Gallery } from '../viewer/load.ts';
import { cutOf, InputFigure, PanelFigure } from '../viewer/panel-figure.ts';
import type { PanelPosition, Shown } from '../viewer/panel-figure.ts';
import { joined, readTable, recolour } from '../viewer/scale.ts';
import type { ColorTable, Range } from '../viewer/scale.ts';
import { MOST_COMPARED } from '../viewer/tray.ts';
import { findItem, textOf } from './item.ts';
import type { Item } from './item.ts';
import { placeAt, pointOf } from './linked.ts';
import type { Point } from './linked.ts';
import { wiped } from './wipe.ts';

const MOST_ZOOM = 6;
const home = document.querySelector<HTMLElement>('#comparison')!;
const gallery = new Gallery(document.querySelector<HTMLElement>('form.search')!.dataset['root']!);

/** One column: an item with one panel has a figure with a pointer, one with several a grid of them. */
interface Column {
  readonly item: Item;
  readonly element: HTMLElement;
  readonly shown: readonly Shown[];
  /** Elements of `shown` beside the figure. */
  cuts: readonly HTMLElement[];
  readonly figure?: PanelFigure;
  /** The image that all of `shown` are of. */
  readonly input?: InputFigure;
  readonly readout: HTMLOutputElement;
}

let columns: readonly Column[] = [];
/** Counts what was asked for, so that a late answer does not replace a newer one. */
let asked = 0;

async function follow(): Promise<void> {
  const turn = ++asked;
  const texts = queryOf().getAll('p').slice(0, MOST_COMPARED);
  const items = await Promise.all(texts.map((text) => findItem(gallery, text)));
  const made = await Promise.all(items.map((item, at) => columnOf(item, at, texts)));
  if (turn !== asked) return;
  columns = made;
  const row = element('div', { className: 'columns' }, ...columns.map((column) => column.element));
  row.style.setProperty('--columns', String(Math.max(2, columns.length)));
  const singles = columns.filter(({ figure }) => figure);
  const isPair = singles.length === 2 && columns.length === 2;
  const over = isPair ? wiped(singles.map(({ shown }) => shown[0]!)) : undefined;
  for (const [at, cut] of (over?.cuts ?? []).entries()) columns[at]!.cuts = [cut];
  home.replaceChildren(controls(), row, ...(over ? [over.element] : []));
  if (texts.length === 0)
    home.replaceChildren(element('p', { className: 'quiet', textContent: 'Nothing is compared yet.' }));
  draw();
}

async function columnOf(item: Item, at: number, texts: readonly string[]): Promise<Column> {
  const shown = await Promise.all(
    item.panels.map(async (found) => ({ found, grid: await gridOf(gallery, found) })),
  );
  const title = nameOf(item.title);
  const remove = element('button', {
    type: 'button',
    textContent: '×',
    onclick: () => goTo(texts.filter((_, other) => other !== at)),
  });
  remove.setAttribute('aria-label', `Remove ${item.title}`);
  const head = element(
    'header',
    {},
    element('h2', {}, item.href === undefined ? title : element('a', { href: item.href }, title)),
    remove,
  );
  const context = element('p', { className: 'quiet small' }, nameOf(item.context));
  const readout = element('output', { className: 'readout small' });
  const box = element('section', { className: item.isGone ? 'item gone' : 'item' }, head, context);
  const images = new Set(shown.flatMap(({ found }) => found.image?.href ?? []));
  const isPaired = images.size > 1;
  const column = {
    item,
    element: box,
    shown,
    readout,
    ...(images.size === 1 ? { input: new InputFigure() } : {}),
  };
  if (column.input) {
    column.input.show(shown.find(({ found }) => found.image)!);
    box.append(column.input.element);
  }
  if (shown.length === 1) {
    const figure = new PanelFigure(
      (place) => point(place && pointOf(shown[0]!, place)),
      (place) => pick(pointOf(shown[0]!, place)),
    );
    figure.element.setAttribute('role', 'group');
    figure.element.setAttribute('aria-label', item.title);
    figure.element.addEventListener('scroll', () => scrollTogether(figure.element));
    box.append(figure.element, readout);
    return { ...column, figure, cuts: [] };
  }
  const cuts = shown.map(({ found }) => cutOf(found));
  const links = shown.map(({ found }, index) => {
    const link = element('a', { href: addressOf(texts.with(at, textOf(found))) }, cuts[index]!);
    if (isPaired && found.image) link.prepend(inputOf(found.image));
    link.title = found.filter === undefined ? found.view.title : `filter ${found.filter}`;
    return element('li', {}, link);
  });
  if (links.length > 0) box.append(element('ul', { className: isPaired ? 'cuts paired' : 'cuts' }, ...links));
  if (item.picture) {
    const { src, width, height } = item.picture;
    const image = element('img', { src, alt: item.title, ...(width && height ? { width, height } : {}) });
    box.append(item.href === undefined ? image : element('a', { href: item.href }, image));
  }
  return { ...column, cuts };
}

const inputOf = ({ href, name, width, height }: NonNullable<Found['image']>): HTMLElement =>
  element('img', { src: href, alt: name, width, height });

/** With other things to compare, in the same state. */
function addressOf(texts: readonly string[]): string {
  const query = queryOf();
  query.delete('p');
  const parts = [
    ...texts.map((text) => `p=${encodeURIComponent(text).replaceAll('%2F', '/')}`),
    query.toString(),
  ];
  return `?${parts.filter((part) => part !== '').join('&')}`;
}

function goTo(texts: readonly string[]): void {
  try {
    history.pushState(null, '', location.pathname + addressOf(texts));
    void follow();
  } catch {
    location.search = addressOf(texts);
  }
}

const zoomOf = (): number => Math.min(MOST_ZOOM, Math.max(1, Math.floor(Number(queryOf().get('z'))) || 1));
const isOneScale = (): boolean => queryOf().get('scale') === 'one';

function draw(): void {
  const zoom = zoomOf();
  for (const { figure, shown } of columns) {
    if (!figure) continue;
    const { crop } = shown[0]!.found;
    figure.show(shown[0]!, (zoom * (figure.element.clientWidth - 2)) / crop.width, 0);
  }
  scale();
  point(undefined);
}

/** Maps that can be shown on another scale, with their elements. */
function scalable(): { cut: HTMLElement; table: ColorTable; own: Range }[] {
  return columns.flatMap(({ figure, cuts, shown }) =>
    shown.flatMap(({ found, grid }, at) => {
      const { view, report, silent, nan } = found;
      const table = view.colors === undefined ? undefined : tableOf(report.colors[view.colors]!);
      if (!table || !grid || silent || nan) return [];
      const elements = [figure?.cut, cuts[at]].filter((cut) => cut !== undefined);
      return elements.map((cut) => ({ cut, table, own: grid.drawn }));
    }),
  );
}

const tables = new Map<string, ColorTable | undefined>();
function tableOf(base64: string): ColorTable | undefined {
  if (!tables.has(base64)) tables.set(base64, readTable(base64));
  return tables.get(base64);
}

function scale(): void {
  const maps = scalable();
  const all = joined(maps.map(({ own }) => own));
  for (const { cut, table, own } of maps) recolour(cut, table, own, isOneScale() ? all : undefined);
}

function controls(): HTMLElement {
  const maps = columns.flatMap(({ shown }) => shown).filter(({ grid }) => grid);
  const one = element('input', { type: 'checkbox', checked: isOneScale() });
  const range = element('span', { className: 'quiet' });
  const tell = (): void => {
    const [low, high] = joined(scalable().map(({ own }) => own));
    const number = (value: number) => String(Number(value.toPrecision(3))).replace('-', '−');
    range.textContent = one.checked && high > -Infinity ? `${number(low)} to ${number(high)}` : '';
  };
  one.onchange = () => {
    writeQuery([['scale', one.checked ? 'one' : undefined]]);
    scale();
    tell();
  };
  setTimeout(tell);
  const enlarge = (by: 1 | -1) => {
    const zoom = Math.min(MOST_ZOOM, Math.max(1, zoomOf() + by));
    writeQuery([['z', zoom === 1 ? undefined : String(zoom)]]);
    draw();
  };
  const button = (text: string, label: string, act: () => void): HTMLElement => {
    const made = element('button', { type: 'button', textContent: text, onclick: act });
    made.setAttribute('aria-label', label);
    return made;
  };
  return element(
    'div',
    { className: 'tools' },
    ...(maps.length > 1 ? [element('label', {}, one, ' One scale for all ', range)] : []),
    ...(columns.some(({ figure }) => figure)
      ? [
          element(
            'span',
            {},
            button('−', 'Smaller', () => enlarge(-1)),
            ' ',
            button('+', 'Larger', () => enlarge(1)),
          ),
        ]
      : []),
  );
}

/** Shows one place in all panels; the one that is in the address where none is pointed at. */
function point(at: Point | undefined): void {
  const [x, y] = (queryOf().get('at') ?? '').split('.').map(Number);
  const picked = x !== undefined && y !== undefined && y >= 0 ? { x: x / 1000, y: y / 1000 } : undefined;
  const shared = at ?? picked;
  for (const { figure, input, shown, readout } of columns) {
    if (!figure) continue;
    const place: PanelPosition | undefined = shared && placeAt(shown[0]!, shared);
    figure.mark(place);
    input?.mark(place);
    readout.textContent = place ? describePosition(shown[0]!, place) : '';
  }
}

function pick({ x, y }: Point): void {
  writeQuery([['at', `${Math.round(x * 1000)}.${Math.round(y * 1000)}`]]);
}

function scrollTogether(from: HTMLElement): void {
  for (const { figure } of columns) {
    if (!figure || figure.element === from) continue;
    figure.element.scrollLeft = from.scrollLeft;
    figure.element.scrollTop = from.scrollTop;
  }
}

addEventListener('popstate', () => void follow());
addEventListener('resize', draw);
void follow();
