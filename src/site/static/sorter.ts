/** The order of units on a layer's page, which units are shown, and the way to one of them; all of it in the address. */
import { loadScript } from '../viewer/load-script.ts';
import { RANK_DIGITS, type OrderData } from '../viewer/panel-data.ts';
import { rove } from './roving.ts';

const STATE = ['sort', 'like', 'show', 'unit'] as const;

type Control = HTMLSelectElement | HTMLInputElement;

function unitOf(item: Element): number | undefined {
  const href = item.querySelector('a[href]')?.getAttribute('href') ?? '';
  const found = /(?:^|\/)(\d+)\/index\.html$/.exec(href);
  return found ? Number(found[1]) : undefined;
}

/** Lists of the page in which every item is a unit, and which are no excerpts: those have too few units to be sorted. */
function listsOfUnits(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('main .grid, main .twins ul')].filter(
    (list) => !list.closest('.excerpt') && [...list.children].every((item) => unitOf(item) !== undefined),
  );
}

function startSorter(form: HTMLFormElement): void {
  const numbers = (text: string | undefined): number[] => (text ? text.split(' ').map(Number) : []);
  const units = numbers(form.dataset['units']);
  const position = new Map(units.map((unit, index) => [unit, index]));
  const dead = new Set(numbers(form.dataset['dead']));
  const lists = listsOfUnits();
  const status = form.querySelector('[role="status"]')!;
  const control = (name: string): Control | undefined =>
    form.querySelector<Control>(`[name="${name}"]`) ?? undefined;
  const valueOf = (name: string): string => control(name)?.value ?? '';
  if (lists.length === 0) return;

  /** What units are sorted by: least first; undefined for their number. */
  function order({ ranks: all, nearest }: OrderData): ((unit: number) => number) | undefined {
    const sort = valueOf('sort');
    if (sort === 'like') {
      const of = Number(valueOf('like'));
      const like = [of, ...(nearest?.[position.get(of) ?? -1] ?? [])];
      return (unit) => (like.includes(unit) ? like.indexOf(unit) : like.length);
    }
    const ranks = all[sort];
    if (ranks === undefined) return undefined;
    return (unit) => {
      const at = position.get(unit)! * RANK_DIGITS;
      return Number.parseInt(ranks.slice(at, at + RANK_DIGITS), 36);
    };
  }

  /** As the page came: views may have an order of their own. */
  const original = new Map(lists.map((list) => [list, [...list.children] as HTMLElement[]]));

  async function apply(): Promise<void> {
    const sort = valueOf('sort');
    const orders = sort === '' ? undefined : await ordersOf(form);
    // Another order was chosen meanwhile.
    if (valueOf('sort') !== sort) return;
    const by = orders && order(orders);
    const show = valueOf('show');
    const shown = new Set<number>();
    for (const [list, items] of original) {
      const sorted = by
        ? [...items].sort((a, b) => by(unitOf(a)!) - by(unitOf(b)!) || unitOf(a)! - unitOf(b)!)
        : items;
      for (const item of sorted) {
        const unit = unitOf(item)!;
        item.hidden = show === 'dead' ? !dead.has(unit) : show === 'active' && dead.has(unit);
        if (!item.hidden) shown.add(unit);
      }
      list.append(...sorted);
      if (list.hasAttribute('data-roving')) rove(list);
    }
    const like = control('like')?.closest('label');
    if (like) like.hidden = valueOf('sort') !== 'like';
    status.textContent =
      sort !== '' && !orders
        ? 'The file with the orders could not be loaded.'
        : show === ''
          ? ''
          : `${shown.size} of ${units.length} filters`;
  }

  function go(): void {
    for (const old of document.querySelectorAll('.aim')) old.classList.remove('aim');
    const text = valueOf('unit');
    if (text === '') return;
    const items = lists.flatMap((list) => [...list.children] as HTMLElement[]);
    const found = items.filter((item) => unitOf(item) === Number(text) && !item.hidden);
    for (const item of found) item.classList.add('aim');
    const link = found[0]?.querySelector<HTMLElement>('a[href]');
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: 'center' });
    status.textContent = link ? '' : `Filter ${text} is not on this page.`;
  }

  function read(): void {
    const parameters = new URLSearchParams(location.search);
    for (const name of STATE) {
      const field = control(name);
      if (!field) continue;
      field.value = parameters.get(name) ?? '';
      // A select has no value that is not among its options.
      if (field instanceof HTMLSelectElement && field.selectedIndex < 0) field.value = '';
    }
  }

  function remember(): void {
    const address = new URL(location.href);
    for (const name of STATE) {
      const value = name === 'like' && valueOf('sort') !== 'like' ? '' : valueOf(name);
      if (value === '') address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    try {
      history.replaceState(history.state, '', address);
    } catch {
      // Some browsers keep pages from disk from it.
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    go();
  });
  form.addEventListener('change', (event) => {
    const { name } = event.target as Control;
    if (name === 'sort' && valueOf('sort') === 'like' && valueOf('like') === '')
      control('like')!.value = String(units[0]);
    remember();
    if (name === 'unit') go();
    else void apply();
  });
  form.hidden = false;
  read();
  void apply().then(() => {
    if (valueOf('unit') !== '') go();
  });
}

/** Undefined where their script cannot be loaded. */
async function ordersOf(form: HTMLFormElement): Promise<OrderData | undefined> {
  const href = form.dataset['orders']!;
  await loadScript(href);
  // The script names itself by its path from the gallery's root.
  const [file, folder, experiment] = new URL(href, location.href).pathname.split('/').reverse();
  return window.filterscopeViewer?.[
    [experiment, folder, file].map((part) => decodeURIComponent(part!)).join('/')
  ] as OrderData | undefined;
}

const form = document.querySelector<HTMLFormElement>('.sorter[data-units]');
if (form) startSorter(form);
