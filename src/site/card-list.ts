/** What a list of cards shows, and by what it is sorted and chosen. Pure. */
import type { Panel, View } from '../schema/report.ts';
import { oneLine, writeRow, type CardMark, type CardRow } from './card-rows.ts';
import type { PageContext } from './links.ts';
import { slug } from './routes.ts';
import type { Part } from './types.ts';
import { panelAttribute, viewAttribute } from './viewer/attributes.ts';
import { nameOfImage } from './words.ts';

/** Characters of all rows together: a page must stay light. */
const MOST_CHARACTERS = 44_000;

/** An image of a view, with what was found of it. */
export interface Card {
  /** Of one image. */
  readonly panel: Panel;
  /** A number is a share, 0..1, and drawn as a bar. */
  readonly lines: readonly { readonly text: string; readonly figure: number | string }[];
  readonly note?: string | undefined;
  readonly mark?: CardMark | undefined;
  /** Values of the options that it is among, by the name of the choice. */
  readonly options: Readonly<Record<string, readonly string[]>>;
  /** What it is sorted by, in the order of the list's `values`. */
  readonly values: readonly number[];
}

export interface CardChoice {
  /** In the address. */
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

export interface CardOrder {
  /** In the address; empty for the order in which cards come. */
  readonly id: string;
  readonly label: string;
  /** Position among a card's values, the least first unless `down`; absent for the order in which cards come. */
  readonly of?: number;
  readonly down?: boolean;
}

interface Described {
  readonly choices: readonly CardChoice[];
  readonly orders: readonly CardOrder[];
  /** Where images that are not shown are found: a sentence. */
  readonly rest: string;
}

export interface CardList extends Described {
  /** As many as a page can hold. */
  readonly cards: readonly { readonly image: string; readonly part: Part; readonly src: string }[];
  readonly rows: readonly CardRow[];
  /** How many images there are. */
  readonly total: number;
  readonly sheets: readonly { readonly src: string; readonly width: number; readonly height: number }[];
  readonly texts: readonly string[];
  /** Of an image in its sheet. */
  readonly size: { readonly width: number; readonly height: number };
  /** For the viewer: the view, and what its name of a panel begins with. */
  readonly view: string;
  readonly panelPrefix: string;
}

/** Thousandths of a share, as a card's figure. */
export const thousandths = (figure: number | string): number | string =>
  typeof figure === 'number' ? Math.round(1000 * figure) : figure;

/** @param cards all of one view, whose panels have one size */
export function cardList(
  view: View,
  cards: readonly Card[],
  described: Described,
  page: PageContext,
): CardList {
  const texts = new Positions<string>();
  const sheets = new Positions<string>();
  const sizes: CardList['sheets'][number][] = [];
  const rows: CardRow[] = [];
  let characters = 0;
  for (const card of cards) {
    const { panel, lines, note, mark, options, values } = card;
    const { width, height, crop = { x: 0, y: 0 }, sheet = { width, height }, src } = panel;
    const at = sheets.of(src);
    sizes[at] ??= { src, width: sheet.width, height: sheet.height };
    const row: CardRow = {
      ...{ slug: slug(panel.image!), sheet: at, x: crop.x, y: crop.y },
      title: nameOfImage(page.images, panel.image!),
      lines: lines.map(({ text, figure }) => ({
        text: texts.of(oneLine(text)),
        figure: thousandths(figure),
      })),
      note: note === undefined ? -1 : texts.of(oneLine(note)),
      mark: mark ?? '',
      choices: described.choices.map(({ name, options: all }) =>
        (options[name] ?? []).map((value) => all.findIndex((option) => option.value === value)),
      ),
      values,
    };
    characters += writeRow(row).length + 1;
    if (characters > MOST_CHARACTERS) break;
    rows.push(row);
  }
  const { width = 1, height = 1, layer } = cards[0]?.panel ?? {};
  return {
    ...described,
    cards: cards
      .slice(0, rows.length)
      .map(({ panel }) => ({ image: panel.image!, part: panel, src: panel.src })),
    ...{ rows, total: cards.length, sheets: sizes, texts: texts.list, size: { width, height } },
    view: viewAttribute(page, view),
    panelPrefix: panelAttribute({ ...(layer === undefined ? {} : { layer }), image: 'x' }).slice(0, -1),
  };
}

/** Values in the order in which they first come. */
class Positions<T> {
  readonly list: T[] = [];
  readonly #known = new Map<T, number>();

  of(value: T): number {
    const known = this.#known.get(value) ?? this.list.push(value) - 1;
    this.#known.set(value, known);
    return known;
  }
}
