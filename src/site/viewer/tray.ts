import { element, nameOf } from './dom.ts';
import { findList, matching, unitName } from './find.ts';
import type { Gallery } from './load.ts';
import { formatQuery, formatReference, parseReference } from './reference.ts';
import type { Reference } from './reference.ts';

const KEY = 'filterscope-comparison';
export const MOST_COMPARED = 6;

/** What is to be compared, at the foot of the page. Kept while the browser's tab is open; where it keeps nothing, on this page. */
export class Tray {
  readonly #element = element('aside', { className: 'tray' });
  #references: readonly string[];

  constructor(private readonly gallery: Gallery) {
    this.#element.setAttribute('aria-label', 'Comparison');
    this.#references = read();
    document.body.append(this.#element);
    void this.#draw();
  }

  add(reference: Reference): void {
    const text = formatReference(reference);
    if (this.#references.includes(text)) return;
    this.#set([...this.#references, text].slice(-MOST_COMPARED));
  }

  #set(references: readonly string[]): void {
    this.#references = references;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(references));
    } catch {
      // It is refused: the page alone keeps them.
    }
    void this.#draw();
  }

  async #draw(): Promise<void> {
    const references = this.#references;
    const names = await Promise.all(references.map((text) => labelOf(this.gallery, text)));
    if (references !== this.#references) return;
    this.#element.hidden = references.length === 0;
    const items = references.map((text, at) => {
      const remove = element('button', { type: 'button', textContent: '×' });
      remove.setAttribute('aria-label', `Remove ${names[at]}`);
      remove.onclick = () => this.#set(this.#references.filter((other) => other !== text));
      return element('li', {}, nameOf(names[at]!), remove);
    });
    const query = formatQuery(references.map((text) => ['p', text]));
    const count = `Compare ${references.length}`;
    this.#element.replaceChildren(
      element('ul', {}, ...items),
      element('a', { className: 'button', href: this.gallery.page('compare') + query }, count),
      element('button', { type: 'button', textContent: 'Clear', onclick: () => this.#set([]) }),
    );
    this.#element.setAttribute('role', 'region');
    document.documentElement.classList.toggle('with-tray', references.length > 0);
  }
}

function read(): readonly string[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [];
  } catch {
    return [];
  }
}

/** What a reference is called in a list; the reference itself where its page does not exist. */
export async function labelOf(gallery: Gallery, text: string): Promise<string> {
  const reference = parseReference(text);
  const report = reference && (await gallery.report(reference.experiment));
  if (!reference || !report) return text;
  const { kind, layer, filter, image } = reference;
  if (kind === 'report') return report.title;
  const named = report.images.find(({ id }) => id === image)?.name;
  const ofLayer = report.layers.find(({ id }) => id === layer);
  const unit =
    filter === undefined
      ? ofLayer?.name
      : (ofLayer?.classes?.[filter] ?? `${ofLayer?.name ?? ''} ${filter}`.trim());
  if (kind !== 'views') return [unit, named].filter(Boolean).join(' · ') || text;
  const list = await findList(gallery, reference);
  const found = list && matching(list, reference);
  if (!found?.[0]) return text;
  const [only] = found;
  return found.length === 1
    ? [unitName(only), only.image && only.image.name !== unitName(only) ? only.image.name : '']
        .filter(Boolean)
        .join(' · ')
    : [ofLayer?.name, named].filter(Boolean).join(' · ');
}
