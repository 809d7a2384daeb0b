import type { SearchData } from './documents.ts';

/** What is searched for to be compared: `compare conv1 conv5 cat`. */
export interface Comparison {
  readonly title: string;
  readonly context: string;
  /** Below dist/. */
  readonly href: string;
}

const MOST = 6;
/** Words that only join. */
const JOINING = new Set(['and', 'with', 'for', 'of', 'the', 'to', 'in', 'on', 'vs', 'against']);

/** Of each report in which two layers or more are named, and an image if the words tell one: their comparison. */
export function comparisons(text: string, { reports }: SearchData): Comparison[] {
  const [first, ...words] = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (first !== 'compare') return [];
  const named = words.filter((word) => !JOINING.has(word));
  return reports.flatMap((report): Comparison[] => {
    const layers = named.flatMap((word) => report.layers.filter(({ name }) => name.toLowerCase() === word));
    const rest = named.filter((word) => !layers.some(({ name }) => name.toLowerCase() === word));
    const image =
      rest.length === 0
        ? undefined
        : report.images.find(
            ([name, , , file = ''], position) =>
              rest.every((word) => `${name} ${file}`.toLowerCase().includes(word)) &&
              layers.every(({ images }) => images?.includes(position) ?? true),
          );
    if (layers.length < 2 || (rest.length > 0 && !image)) return [];
    const id = image?.[1].split('/').at(-1);
    const parts = layers.slice(0, MOST).map(({ path }) => `p=${path}${id === undefined ? '' : `/-/${id}`}`);
    return [
      {
        title: `Compare ${layers.map(({ name }) => name).join(' and ')}${image ? ` for ${image[0]}` : ''}`,
        context: report.title,
        href: `compare/index.html?${parts.join('&')}`,
      },
    ];
  });
}
