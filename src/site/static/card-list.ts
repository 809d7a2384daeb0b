/** Which images of a list are shown, and in which order; all of it in the address. */
import { CARDS_AT_ONCE, chooseRows, readRows, formatFigure, type CardRow } from '../card-rows.ts';
import { rove } from './roving.ts';

function startList(form: HTMLFormElement, list: HTMLElement): void {
  const model = list.querySelector('li');
  const status = form.querySelector('[role="status"]')!;
  const foot = list.nextElementSibling as HTMLElement;
  if (!model) return;
  const selects = [...form.querySelectorAll('select')];
  const order = selects.find(({ name }) => name === 'sort');
  const choices = selects.filter((select) => select !== order);
  const lines = (name: string): string[] => (list.dataset[name] ?? '').split('\n');
  const rows = readRows(list.dataset['rows'] ?? '', choices.length);
  const texts = lines('texts');
  const sheets = lines('sheets').map((line) => {
    const [src, width, height] = line.split(' ');
    return { src: src!, width: Number(width), height: Number(height) };
  });
  const [width, height] = list.dataset['size']!.split(' ').map(Number) as [number, number];
  const pageOf = model.querySelector('a')!.getAttribute('href')!;
  let shown = CARDS_AT_ONCE;

  function make(row: CardRow): HTMLElement {
    const item = model!.cloneNode(true) as HTMLElement;
    const find = (selector: string): HTMLElement => item.querySelector(selector)!;
    const { src, ...sheet } = sheets[row.sheet]!;
    item.className = ['image-card', row.mark].filter(Boolean).join(' ');
    item.dataset['p'] = list.dataset['prefix']! + row.slug;
    find('a').setAttribute('href', pageOf.replace(/[^/]+(?=\/index\.html$)/, encodeURIComponent(row.slug)));
    const sprite = find('img') as HTMLImageElement;
    sprite.setAttribute('src', src);
    sprite.width = sheet.width;
    sprite.height = sheet.height;
    sprite.className = list.dataset['pixels'] === undefined ? '' : 'pixels';
    sprite.style.cssText = `width:${(100 * sheet.width) / width}%;left:${(-100 * row.x) / width}%;top:${(-100 * row.y) / height}%`;
    find('.cut').style.aspectRatio = `${width}/${height}`;
    find('a > bdi').textContent = row.title;
    const lines = find('ol');
    lines.setAttribute('aria-label', (row.mark === '' ? '' : `${row.mark}: `) + row.title);
    lines.replaceChildren(...row.lines.map(({ text, figure }) => makeLine(texts[text] ?? '', figure)));
    find('p > bdi').textContent = texts[row.note] ?? '';
    return item;
  }

  function makeLine(text: string, figure: number | string): HTMLElement {
    const line = document.createElement('li');
    const name = document.createElement('bdi');
    name.textContent = text;
    const value = document.createElement('span');
    value.textContent = formatFigure(figure);
    line.append(name, ' ', value, ' ');
    if (typeof figure === 'number') {
      const bar = document.createElement('i');
      bar.style.width = `${figure / 10}%`;
      line.append(bar);
    }
    return line;
  }

  function apply(): void {
    const chosen = choices.map((select) => (select.value === '' ? undefined : select.selectedIndex - 1));
    const [at, down] = order?.selectedOptions[0]?.dataset['by']?.split(' ') ?? [];
    const by = at === undefined ? undefined : { at: Number(at), down: down !== undefined };
    const found = chooseRows(rows, chosen, by);
    list.replaceChildren(...found.slice(0, shown).map(make));
    rove(list);
    status.textContent =
      found.length === rows.length
        ? ''
        : `${found.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')} images`;
    foot.replaceChildren();
    if (found.length <= shown) return;
    const more = document.createElement('button');
    more.type = 'button';
    more.className = 'button no-print';
    const next = Math.min(CARDS_AT_ONCE, found.length - shown);
    more.textContent = `${next} more of ${found.length.toLocaleString('en')} images`;
    more.addEventListener('click', () => {
      const first = shown;
      shown += CARDS_AT_ONCE;
      apply();
      list.children[first]?.querySelector('a')?.focus();
    });
    foot.append(more);
  }

  function read(): void {
    const parameters = new URLSearchParams(location.search);
    for (const select of selects) {
      select.value = parameters.get(select.name) ?? '';
      // A select has no value that is not among its options.
      if (select.selectedIndex < 0) select.selectedIndex = 0;
    }
  }

  function remember(): void {
    const address = new URL(location.href);
    for (const { name, value } of selects) {
      if (value === '') address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    try {
      history.replaceState(history.state, '', address);
    } catch {
      // Some browsers keep pages from disk from it.
    }
  }

  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('change', () => {
    shown = CARDS_AT_ONCE;
    remember();
    apply();
  });
  form.hidden = false;
  read();
  apply();
}

const form = document.querySelector<HTMLFormElement>('form[data-cards]');
const list = form?.nextElementSibling;
if (form && list instanceof HTMLElement) startList(form, list);
