/** The order of units on a layer's page, which units are shown, and the way to one of them; all of it in the address. */
import { rove } from './roving.ts';

/** As in unit-order.ts. */
const RANK_DIGITS = 2;
const STATE = ['sort', 'like', 'show', 'unit'] as const;

type Control = HTMLSelectElement | HTMLInputElement;

function unitOf(item: Element): number | undefined {
  const href = item.querySelector('a[href]')?.getAttribute('href') ?? '';
  const found = /(?:^|\/)(\d+)\/index\.html$/.exec(href);
  return found ? Number(found[1]) : undefined;
}

/** Lists of the page in which every item is a unit. */
function listsOfUnits(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('main .grid, main .twins ul')].filter((list) =>
    [...list.children].every((item) => unitOf(item) !== undefined),
  );
}

function startSorter(form: HTMLFormElement): void {
  const numbers = (text: string | undefined): number[] => (text ? text.split(' ').map(Number) : []);
  const units = numbers(form.dataset['units']);
  const position = new Map(units.map((unit, index) => [unit, index]));
  const dead = new Set(numbers(form.dataset['dead']));
  const nearest = form.dataset['nearest']?.split(' ');
  const lists = listsOfUnits();
  const status = form.querySelector('[role="status"]')!;
  const control = (name: string): Control | undefined =>
    form.querySelector<Control>(`[name="${name}"]`) ?? undefined;
  const valueOf = (name: string): string => control(name)?.value ?? '';
  if (lists.length === 0) return;

  /** What units are sorted by: least first; undefined for their number. */
  function order(): ((unit: number) => number) | undefined {
    const sort = valueOf('sort');
    if (sort === 'like') {
      const of = Number(valueOf('like'));
      const like = [of, ...(nearest?.[position.get(of) ?? -1]?.split(',').filter(Boolean).map(Number) ?? [])];
      return (unit) => (like.includes(unit) ? like.indexOf(unit) : like.length);
    }
    const select = control('sort') as HTMLSelectElement | undefined;
    const ranks = select?.selectedOptions[0]?.dataset['ranks'];
    if (ranks === undefined) return undefined;
    return (unit) => {
      const at = position.get(unit)! * RANK_DIGITS;
      return Number.parseInt(ranks.slice(at, at + RANK_DIGITS), 36);
    };
  }

  /** As the page came: views may have an order of their own. */
  const original = new Map(lists.map((list) => [list, [...list.children] as HTMLElement[]]));

  function apply(): void {
    const by = order();
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
    status.textContent = show === '' ? '' : `${shown.size} of ${units.length} filters`;
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
    else apply();
  });
  form.hidden = false;
  read();
  apply();
  if (valueOf('unit') !== '') go();
}

const form = document.querySelector<HTMLFormElement>('.sorter[data-units]');
if (form) startSorter(form);
