/** What is added to every page: the viewer of panels, and the tray of what is to be compared. Loaded when it is first used. */
import { queryOf } from './address.ts';
import { element, hasModifier, isTyping, svg } from './dom.ts';
import { Gallery } from './load.ts';
import { parseReference } from './reference.ts';
import type { Reference } from './reference.ts';
import { followScale } from './grid-scale.ts';
import { Tray } from './tray.ts';
import { Viewer } from './viewer.ts';

const { root, inspect } = document.querySelector<HTMLElement>('form.search')!.dataset as {
  readonly root: string;
  /** The key was pressed before this script was there. */
  readonly inspect?: string;
};
const gallery = new Gallery(root);
const tray = new Tray(gallery);
const viewer = new Viewer(gallery, tray);

const PANEL = '[data-p]';

/** The panel that an element of the page shows. `data-of` names the view, `data-p` the panel in it. */
function referenceOf(panel: HTMLElement): Reference | undefined {
  const of = panel.closest<HTMLElement>('[data-of]')?.dataset['of'];
  const own = panel.dataset['p']!;
  const reference = parseReference(`${of ?? ''}/${own}`);
  if (!reference) return undefined;
  // Of panels that have all else in common, the one that stands as far behind in its list.
  const list = panel.closest<HTMLElement>('[data-of]');
  const others =
    list === panel
      ? document.querySelectorAll<HTMLElement>(`[data-of]${PANEL}`)
      : list?.querySelectorAll<HTMLElement>(PANEL);
  const same = [...(others ?? [])].filter(
    ({ dataset }) => dataset['p'] === own && (dataset['of'] ?? of) === of,
  );
  const nth = same.indexOf(panel) + 1;
  // A whole sprite sheet: the filter under the pointer.
  const spot = panel.dataset['filter'];
  return {
    ...reference,
    ...(spot === undefined ? {} : { filter: Number(spot) }),
    ...(nth > 1 ? { nth } : {}),
  };
}

let current: HTMLElement | undefined;

function open(panel: HTMLElement | undefined): void {
  const reference = panel && referenceOf(panel);
  if (!reference) return;
  // Closing it leads back here.
  const home = panel.matches('a[href]') ? panel : panel.querySelector<HTMLElement>('a[href]');
  home?.focus({ preventScroll: true });
  hide();
  void viewer.open(reference);
}

/** One control for all panels, in the corner of the one that is pointed at or focused. */
const control = element('button', {
  ...{ type: 'button', className: 'inspect', hidden: true, tabIndex: -1, title: 'Inspect (i)' },
  onclick: () => open(current),
});
control.setAttribute('aria-label', 'Inspect this panel');
const lens = svg('svg', { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true' });
lens.append(
  svg('path', {
    ...{ d: 'M11.3 6.7a4.6 4.6 0 1 1-9.2 0 4.6 4.6 0 0 1 9.2 0ZM10.2 10.2l4.3 4.3' },
    ...{ fill: 'none', stroke: 'currentColor', 'stroke-width': 1.6 },
  }),
);
control.append(lens);
document.body.append(control);

function hide(): void {
  control.hidden = true;
}

function show(panel: HTMLElement): void {
  current = panel;
  panel.querySelector('a[href]')?.setAttribute('aria-keyshortcuts', 'i');
  const figure = [...panel.querySelectorAll('.cut')].at(-1) ?? panel.querySelector('img') ?? panel;
  const box = figure.getBoundingClientRect();
  control.hidden = false;
  control.style.left = `${box.right + scrollX - control.offsetWidth}px`;
  control.style.top = `${box.top + scrollY}px`;
}

function at(target: EventTarget | null): void {
  if (!(target instanceof Element) || control.contains(target)) return;
  const panel = target.closest<HTMLElement>(PANEL);
  if (panel) show(panel);
  else hide();
}

const pointedAt = (): HTMLElement | undefined =>
  document.activeElement?.closest<HTMLElement>(PANEL) ??
  document.querySelector<HTMLElement>(`${PANEL}:hover`) ??
  undefined;

document.addEventListener('keydown', (event) => {
  if (event.key !== 'i' || hasModifier(event) || isTyping(event.target) || viewer.isOpen) return;
  const panel = pointedAt();
  if (!panel) return;
  event.preventDefault();
  open(panel);
});

/** Without a pointer that hovers every panel has a control of its own, when it comes into sight. */
if (matchMedia('(hover: none)').matches) {
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const own = control.cloneNode(true) as HTMLButtonElement;
      own.hidden = false;
      own.classList.add('touched');
      own.onclick = (event) => {
        event.preventDefault();
        open(target as HTMLElement);
      };
      target.append(own);
    }
  });
  for (const panel of document.querySelectorAll(PANEL)) seen.observe(panel);
} else {
  document.addEventListener('pointerover', ({ target }) => at(target));
  document.addEventListener('focusin', ({ target }) => at(target));
  at(document.querySelector(`${PANEL}:hover`) ?? document.activeElement);
}

const form = document.querySelector<HTMLElement>('form.search')!;
function addPage(): void {
  const reference = parseReference(form.dataset['add'] ?? '');
  delete form.dataset['add'];
  if (reference) tray.add(reference);
}
document.addEventListener('filterscope:add', addPage);
addPage();
followScale(gallery, referenceOf);

if (queryOf().has('i')) void viewer.follow();
else if (inspect !== undefined) open(pointedAt());
