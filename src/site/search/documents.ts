/**
 * What a gallery can be searched for, as it travels to the browser (SearchData) and as it is searched (SearchDocument). Both sides import this
 * file; it knows nothing of reports.
 */

/** A gallery's search data: lists instead of objects, as there is an entry for every unit. Paths are below dist/, without `/index.html`. */
export interface SearchData {
  readonly reports: readonly SearchReport[];
}

export interface SearchReport {
  readonly title: string;
  readonly path: string;
  readonly description: string;
  /** The network's name. */
  readonly model: string;
  /** Classes that `units` and `images` name by their position. */
  readonly classes: readonly string[];
  readonly layers: readonly {
    readonly name: string;
    readonly type: string;
    readonly path: string;
    /** Absent where the layer has no page. */
    readonly hasPage: boolean;
    readonly units: readonly SearchUnit[];
    /** Positions in `images` of those that are shown in the layer: what can be compared. */
    readonly images?: readonly number[];
  }[];
  /** `file` where it is not the name. */
  readonly images: readonly (readonly [name: string, path: string, classIndex: number, file?: string])[];
  readonly views: readonly (readonly [title: string, path: string])[];
  /** Chapters, and headings of all texts. */
  readonly texts: readonly SearchText[];
}

/** `path` is empty for the report's overview; without `fragment`, the page itself. */
export type SearchText = readonly [title: string, path: string, fragment?: string];

/**
 * `classes` are pairs of position and weight (percent), the greatest weight first; `words` say what else is known of it (dead). `name` is the
 * class that an output of the classifier stands for.
 */
export type SearchUnit = readonly [
  filter: number,
  classes?: readonly number[],
  words?: string,
  name?: string,
];

export type SearchKind = 'report' | 'layer' | 'unit' | 'class' | 'image' | 'view' | 'text';

export interface SearchDocument {
  readonly id: number;
  readonly kind: SearchKind;
  readonly title: string;
  /** What is said beside the title. */
  readonly context: string;
  /** Below dist/, with its fragment. */
  readonly href: string;
  /** Further words that it is found by. */
  readonly text: string;
  readonly layer: string;
  readonly classes: string;
  readonly report: string;
  /** 0..1: how much a unit is about the first of its classes. */
  readonly weight: number;
}

const page = (path: string): string => `${path}/index.html`;

/** Everything that can be found. */
export function documentsOf({ reports }: SearchData): SearchDocument[] {
  const documents: SearchDocument[] = [];
  const add = (
    report: SearchReport,
    document: Partial<SearchDocument> & Pick<SearchDocument, 'kind' | 'title' | 'href'>,
  ): void => {
    const rest = { context: report.title, text: '', layer: '', classes: '', weight: 0 };
    documents.push({ ...rest, ...document, id: documents.length, report: report.title });
  };
  for (const report of reports) {
    const { title, path, description, model, classes } = report;
    add(report, { kind: 'report', title, href: page(path), context: description, text: model });
    for (const [text, to, fragment] of report.texts) {
      const place = fragment === undefined ? '' : `#${encodeURIComponent(fragment)}`;
      add(report, { kind: 'text', title: text, href: page(to || path) + place });
    }
    for (const [view, to] of report.views) add(report, { kind: 'view', title: view, href: page(to) });
    for (const layer of report.layers) {
      const { name, type, units } = layer;
      if (layer.hasPage) {
        add(report, {
          kind: 'layer',
          title: name,
          href: page(layer.path),
          context: `${type} · ${title}`,
          text: type,
          layer: name,
        });
      }
      for (const [filter, pairs = [], words = '', unitName] of units) {
        const named = pairs.flatMap((value, at) =>
          at % 2 === 0 ? [{ name: classes[value]!, percent: pairs[at + 1]! }] : [],
        );
        const percents = named.map((each) => `${each.name} ${each.percent} %`).join(', ');
        const shown = percents && `patches: ${percents}`;
        add(report, {
          kind: unitName === undefined ? 'unit' : 'class',
          title: unitName ?? `${name} · filter ${filter}`,
          href: page(`${layer.path}/${filter}`),
          context: [unitName === undefined ? shown : `${name} ${filter}`, words, title]
            .filter(Boolean)
            .join(' · '),
          text: `${name} ${filter} ${words}`,
          layer: name,
          classes: [...named.map((each) => each.name), unitName ?? ''].join(' '),
          weight: (named[0]?.percent ?? 0) / 100,
        });
      }
    }
    for (const [image, to, classIndex, file = ''] of report.images) {
      const name = classes[classIndex] ?? '';
      add(report, {
        kind: 'image',
        title: image,
        text: file,
        href: page(to),
        context: [name, title].filter(Boolean).join(' · '),
        classes: name,
      });
    }
  }
  return documents;
}

export interface Query {
  /** What is searched for in all texts. */
  readonly words: string;
  /** `layer:conv4`: parts of fields, which must occur. */
  readonly filters: readonly {
    readonly field: 'layer' | 'classes' | 'report' | 'kind';
    readonly part: string;
  }[];
}

const FIELDS: Readonly<Record<string, Query['filters'][number]['field']>> = {
  layer: 'layer',
  class: 'classes',
  report: 'report',
  kind: 'kind',
};

/** `layer:conv4 class:wheel dead`; a part with spaces stands in double quotes. */
export function parseQuery(text: string): Query {
  const filters: { field: Query['filters'][number]['field']; part: string }[] = [];
  const words = text.replace(
    /(\w+):(?:"([^"]*)"|(\S+))/g,
    (whole, name: string, quoted?: string, bare?: string) => {
      const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
      if (!field) return whole;
      filters.push({ field, part: (quoted ?? bare ?? '').toLowerCase() });
      return ' ';
    },
  );
  return { words: words.trim().replace(/\s+/g, ' '), filters };
}

export const passes = (document: SearchDocument, { filters }: Query): boolean =>
  filters.every(({ field, part }) => document[field].toLowerCase().includes(part));
