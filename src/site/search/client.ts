/** The search field of every page. Loaded when it is first used; the data is a script too, as pages from disk may not fetch. */
import { createEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { comparisons } from './comparison.ts';
import type { Comparison } from './comparison.ts';
import type { SearchData, SearchDocument, SearchKind } from './documents.ts';

const LISTED = 8;
const ON_PAGE = 200;

const KINDS: Readonly<Record<SearchKind, string>> = {
  report: 'Report',
  layer: 'Layer',
  unit: 'Unit',
  class: 'Class',
  image: 'Image',
  view: 'View',
  text: 'Text',
};

declare global {
  interface Window {
    filterscopeSearchData?: SearchData;
  }
}

const field = document.querySelector<HTMLInputElement>('.search input')!;
const form = field.form!;
/** From this page to dist/. */
const root = form.dataset['root']!;
const list = form.querySelector<HTMLElement>('.results')!;
const page = document.querySelector<HTMLElement>('.search-page');
const home = page ?? list;

let engine: Engine | undefined;
const ready = (): Engine => (engine ??= createEngine(window.filterscopeSearchData!));

function entry(found: SearchDocument | Comparison): HTMLElement {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = root + found.href;
  const title = document.createElement('bdi');
  title.textContent = found.title;
  const kind = document.createElement('span');
  kind.className = 'kind';
  kind.textContent = 'kind' in found ? KINDS[found.kind] : 'Comparison';
  const context = document.createElement('bdi');
  context.className = 'context';
  context.textContent = found.context;
  link.append(title, kind, context);
  item.append(link);
  return item;
}

function show(): void {
  const text = field.value.trim();
  const compared = comparisons(text, window.filterscopeSearchData!);
  const { results, count } =
    compared.length > 0
      ? { results: compared, count: compared.length }
      : ready().find(text, page ? ON_PAGE : LISTED);
  home.hidden = text === '';
  home.querySelector('ul')!.replaceChildren(...results.map(entry));
  const more = !page && count > results.length;
  home.querySelector('.count')!.textContent =
    count === 0
      ? 'Nothing found.'
      : `${count.toLocaleString('en')} ${count === 1 ? 'result' : 'results'}${more ? ', Enter shows all' : ''}`;
  remember(text);
}

/** The address says what is searched for, so that it can be shared. */
function remember(text: string): void {
  const address = new URL(location.href);
  if (text === '') address.searchParams.delete('q');
  else address.searchParams.set('q', text);
  try {
    history.replaceState(history.state, '', address);
  } catch {
    // Some browsers keep pages from disk from it.
  }
}

const links = (): HTMLElement[] => [...home.querySelectorAll<HTMLElement>('li a')];

field.addEventListener('input', show);
field.addEventListener('focus', () => {
  if (field.value.trim() !== '') show();
});
form.addEventListener('keydown', (event) => {
  const all = links();
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (event.key === 'Escape') {
    if (!page) list.hidden = true;
    field.focus();
  } else if (event.key === 'ArrowDown' && at + 1 < all.length) {
    all[at + 1]!.focus();
  } else if (event.key === 'ArrowUp' && at >= 0) {
    (at === 0 ? field : all[at - 1]!).focus();
  } else {
    return;
  }
  event.preventDefault();
});
document.addEventListener('click', (event) => {
  if (!page && !form.contains(event.target as Node)) list.hidden = true;
});
if (field.value.trim() !== '') show();
