import { isStep, queryOf, writeQuery } from './address.ts';
import { describePosition } from './describe-position.ts';
import { element, hasModifier, isTyping, nameOf } from './dom.ts';
import { findList, gridOf, matching, unitName } from './find.ts';
import type { Found, PanelList } from './find.ts';
import type { Gallery } from './load.ts';
import { cutOf, InputFigure, PanelFigure, sizeOf } from './panel-figure.ts';
import type { PanelPosition, Shown } from './panel-figure.ts';
import { formatReference, parseReference } from './reference.ts';
import type { Reference } from './reference.ts';
import { AXES, neighbour } from './steps.ts';
import type { Axis } from './steps.ts';
import type { Tray } from './tray.ts';

/** Entries of the address: the panel, a place of it, pixels of the page for one of the panel, percent of the image that show through. */
const KEYS = { panel: 'i', place: 'at', zoom: 'z', under: 'o' } as const;
const MOST_ZOOM = 64;

/** One panel, large, with its image, the value under the pointer and what it is computed from. Its whole state is in the address. */
export class Viewer {
  readonly #dialog = element('dialog', { className: 'viewer' });
  readonly #title = element('h2', { id: 'viewer-title' });
  readonly #about = element('p', { className: 'about' });
  readonly #readout = element('output', { className: 'readout' });
  readonly #range = element('p', { className: 'quiet small' });
  readonly #figure = new PanelFigure(
    (place) => this.#point(place),
    (place) => this.#pick(place),
  );
  readonly #beside = element('div', { className: 'beside' });
  readonly #input = new InputFigure();
  readonly #under = element('input', { type: 'range', min: '0', max: '100', step: '5', value: '0' });
  readonly #underRow = element(
    'label',
    { className: 'under-row' },
    'Input image under the map ',
    this.#under,
  );
  readonly #zoomText = element('output', {});
  readonly #steps = new Map<Axis, readonly [HTMLButtonElement, HTMLButtonElement, HTMLElement]>();
  #list: PanelList | undefined;
  #shown: Shown | undefined;
  #picked: PanelPosition | undefined;
  #zoom: number | undefined;
  #used = 1;
  /** Counts what was asked for, so that a late answer does not replace a newer one. */
  #asked = 0;

  constructor(
    private readonly gallery: Gallery,
    private readonly tray: Tray,
  ) {
    this.#build();
    addEventListener('popstate', () => void this.follow());
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  /** Shows what the address names, or nothing. */
  async follow(): Promise<void> {
    const query = queryOf();
    const reference = parseReference(query.get(KEYS.panel) ?? '');
    if (!reference) {
      this.#asked++;
      if (this.isOpen) this.#dialog.close();
      return;
    }
    const [row, column] = (query.get(KEYS.place) ?? '').split('.').map(Number);
    this.#picked =
      Number.isInteger(row) && Number.isInteger(column) ? { row: row!, column: column! } : undefined;
    const zoom = Number(query.get(KEYS.zoom));
    this.#zoom = Number.isInteger(zoom) && zoom > 0 ? Math.min(zoom, MOST_ZOOM) : undefined;
    this.#under.value = query.get(KEYS.under) ?? '0';
    await this.#load(reference);
  }

  /** Opens on a panel of the page; Back closes it. */
  async open(reference: Reference): Promise<void> {
    writeQuery([[KEYS.panel, formatReference(reference)]], true);
    await this.follow();
  }

  async #load(reference: Reference): Promise<void> {
    const turn = ++this.#asked;
    const list = await findList(this.gallery, reference);
    const found = list && matching(list, reference)[0];
    const grid = found && (await gridOf(this.gallery, found));
    if (turn !== this.#asked) return;
    this.#list = list;
    this.#shown = found && { found, grid };
    if (!this.isOpen) {
      this.#dialog.showModal();
      this.#figure.element.focus();
    }
    document.documentElement.classList.add('inspecting');
    if (this.#shown) this.#show(this.#shown);
    else this.#showNothing(reference);
  }

  #showNothing(reference: Reference): void {
    this.#title.textContent = 'This panel is not in the gallery';
    this.#about.textContent = formatReference(reference);
    this.#dialog.classList.add('gone');
  }

  #show(shown: Shown): void {
    const { found } = shown;
    const { reference, layer, filter, image, view, note, beside, kind } = found;
    const { experiment } = reference;
    this.#dialog.classList.remove('gone');
    const unit = unitName(found);
    const toUnit = layer?.hasPage && (filter === undefined ? [layer.id] : [layer.id, String(filter)]);
    this.#title.replaceChildren(
      toUnit
        ? element('a', { href: this.gallery.page(experiment, 'layers', ...toUnit) }, nameOf(unit))
        : nameOf(unit),
    );
    const links = [
      ...(image && image.name !== unit
        ? [element('a', { href: this.gallery.page(experiment, 'images', image.id) }, nameOf(image.name))]
        : []),
      element('a', { href: this.gallery.page(experiment, 'views', view.id) }, nameOf(view.title)),
    ];
    this.#about.replaceChildren(...links.flatMap((link, at) => (at === 0 ? [link] : [' · ', link])));
    this.#range.textContent = [note, rangePhrase(found)].filter(Boolean).join(' · ');
    this.#underRow.hidden = !image || kind === 'image' || found.box !== undefined;
    this.#beside.hidden = !beside;
    this.#input.show(shown);
    this.#draw();
    if (beside) {
      const [x, y, width, height] = beside.crop;
      const cut = cutOf(found, { x, y, width, height });
      this.#beside.replaceChildren(cut, element('p', { className: 'label' }, beside.label));
    }
    for (const [axis, [back, on, label]] of this.#steps) {
      const list = this.#list!;
      back.disabled = !neighbour(list, found, axis, -1);
      on.disabled = !neighbour(list, found, axis, 1);
      label.parentElement!.hidden = back.disabled && on.disabled;
    }
    this.#point(undefined);
  }

  #draw(): void {
    const shown = this.#shown;
    if (!shown) return;
    this.#used = this.#figure.show(
      shown,
      this.#zoom,
      this.#underRow.hidden ? 0 : Number(this.#under.value) / 100,
    );
    this.#beside.style.width = `${shown.found.crop.width * this.#used}px`;
    this.#zoomText.textContent = `× ${Number(this.#used.toPrecision(2))}`;
    this.#figure.mark(this.#picked);
  }

  /** Without a place the one that was picked. */
  #point(place: PanelPosition | undefined): void {
    const at = place ?? this.#picked;
    this.#figure.mark(at);
    this.#input.mark(at);
    this.#readout.textContent = at && this.#shown ? describePosition(this.#shown, at) : HINT;
  }

  #pick(place: PanelPosition): void {
    this.#picked = place;
    writeQuery([[KEYS.place, `${place.row}.${place.column}`]]);
    this.#point(place);
  }

  #movePlace(down: number, across: number): void {
    if (!this.#shown) return;
    const { width, height } = sizeOf(this.#shown);
    const from = this.#picked ?? {
      row: Math.floor(height / 2) - down,
      column: Math.floor(width / 2) - across,
    };
    this.#pick({
      row: Math.min(height - 1, Math.max(0, from.row + down)),
      column: Math.min(width - 1, Math.max(0, from.column + across)),
    });
  }

  async #step(axis: Axis, by: 1 | -1): Promise<void> {
    if (!this.#list || !this.#shown) return;
    const to = neighbour(this.#list, this.#shown.found, axis, by);
    if (!to) return;
    await this.#load(to);
    if (this.#shown) writeQuery([[KEYS.panel, formatReference(this.#shown.found.reference)]]);
  }

  #enlarge(by: 1 | -1): void {
    this.#zoom = Math.min(
      MOST_ZOOM,
      Math.max(1, by > 0 ? Math.floor(this.#used) + 1 : Math.ceil(this.#used) - 1),
    );
    writeQuery([[KEYS.zoom, String(this.#zoom)]]);
    this.#draw();
  }

  #onKey(event: KeyboardEvent): void {
    const { key, shiftKey, target } = event;
    if (hasModifier(event) || isTyping(target)) return;
    const isSlider = target === this.#under;
    const places: Readonly<Record<string, readonly [number, number]>> = {
      ...{ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] },
    };
    const move = places[key];
    if (shiftKey && move) this.#movePlace(...move);
    else if (key === '+' || key === '-') this.#enlarge(key === '+' ? 1 : -1);
    else {
      const found = AXES.find(({ keys }) => keys.includes(key));
      if (!found || isSlider) return;
      void this.#step(found.axis, found.keys[0] === key ? -1 : 1);
    }
    event.preventDefault();
  }

  #build(): void {
    const button = (label: string, text: string, act: () => void): HTMLButtonElement => {
      const made = element('button', { type: 'button', textContent: text, onclick: act, title: label });
      made.setAttribute('aria-label', label);
      return made;
    };
    const steps = element('div', { className: 'steps' });
    for (const { axis, keys, names } of AXES) {
      const back = button(`Previous ${axis} (${names[0]})`, '←', () => void this.#step(axis, -1));
      const on = button(`Next ${axis} (${names[1]})`, '→', () => void this.#step(axis, 1));
      const label = element('span', {}, axis);
      back.setAttribute('aria-keyshortcuts', keys[0]!);
      on.setAttribute('aria-keyshortcuts', keys[1]!);
      steps.append(element('span', { className: 'step' }, back, label, on));
      this.#steps.set(axis, [back, on, label]);
    }
    const compare = element('button', {
      type: 'button',
      className: 'button',
      textContent: 'Add to comparison',
    });
    compare.onclick = () => {
      if (this.#shown) this.tray.add(this.#shown.found.reference);
    };
    const close = button('Close (Escape)', '×', () => this.#close());
    close.classList.add('close');
    const zoom = element(
      'span',
      { className: 'step' },
      button('Smaller (-)', '−', () => this.#enlarge(-1)),
      this.#zoomText,
      button('Larger (+)', '+', () => this.#enlarge(1)),
    );
    this.#figure.element.setAttribute('role', 'group');
    this.#figure.element.setAttribute('aria-label', 'Panel: Shift and arrow keys move the place');
    this.#dialog.setAttribute('aria-labelledby', this.#title.id);
    this.#dialog.append(
      element('header', {}, element('div', {}, this.#title, this.#about), close),
      element('div', { className: 'tools' }, steps, zoom, compare),
      element(
        'div',
        { className: 'figures' },
        element('div', { className: 'main' }, this.#figure.element, this.#beside),
        this.#input.element,
      ),
      element('footer', {}, this.#readout, this.#range, this.#underRow),
    );
    this.#under.oninput = () => this.#draw();
    this.#under.onchange = () =>
      writeQuery([[KEYS.under, this.#under.value === '0' ? undefined : this.#under.value]]);
    this.#dialog.addEventListener('keydown', (event) => this.#onKey(event));
    this.#dialog.addEventListener('cancel', (event) => {
      event.preventDefault();
      this.#close();
    });
    this.#dialog.addEventListener('click', (event) => {
      if (event.target === this.#dialog) this.#close();
    });
    this.#dialog.addEventListener('close', () => document.documentElement.classList.remove('inspecting'));
    addEventListener('resize', () => {
      if (this.isOpen) this.#draw();
    });
    document.body.append(this.#dialog);
  }

  #close(): void {
    // In a frame of another page there is nothing behind it.
    if (queryOf().has('embed')) return;
    this.#asked++;
    this.#dialog.close();
    if (isStep()) history.back();
    else writeQuery(Object.values(KEYS).map((key) => [key, undefined]));
  }
}

const HINT = 'Point at a place to see its value; select it to keep it in the address.';

function rangePhrase({ range: [low, high], silent, kind }: Found): string {
  if (kind === 'image') return '';
  if (silent) return 'All values are zero.';
  if (low === null || high === null) return 'No finite value.';
  const number = (value: number) => String(Number(value.toPrecision(4))).replace('-', '−');
  return low === high ? `All values are ${number(low)}.` : `Values ${number(low)} to ${number(high)}.`;
}
