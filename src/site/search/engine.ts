import MiniSearch from 'minisearch';
import { documentsOf, parseQuery, passes } from './documents.ts';
import type { SearchData, SearchDocument, SearchKind } from './documents.ts';

export interface Engine {
  /** Best first. @param most how many */
  find(text: string, most: number): { readonly results: readonly SearchDocument[]; readonly count: number };
}

const BOOST = { title: 4, classes: 3, layer: 2, text: 1, context: 0.5 };

const KIND_BOOST: Readonly<Record<SearchKind, number>> = {
  ...{ class: 4, layer: 4, report: 1.5, view: 1.5, text: 1.5 },
  ...{ unit: 1, image: 0.1 },
};

export function createEngine(data: SearchData): Engine {
  const documents = documentsOf(data);
  const index = new MiniSearch<SearchDocument>({
    fields: Object.keys(BOOST),
    searchOptions: {
      boost: BOOST,
      combineWith: 'AND',
      // Numbers are meant exactly, and short words too.
      prefix: (term) => !/^\d+$/.test(term),
      fuzzy: (term) => (term.length > 4 && !/\d/.test(term) ? 0.2 : false),
      // Of units, those that are most about a class come first; what stands above units, before them.
      boostDocument: (id) => {
        const { kind, weight } = documents[id as number]!;
        return KIND_BOOST[kind] * (1 + weight);
      },
    },
  });
  index.addAll(documents);
  return {
    find(text, most) {
      const query = parseQuery(text);
      if (query.words === '' && query.filters.length === 0) return { results: [], count: 0 };
      const found =
        query.words === ''
          ? [...documents].sort((one, other) => other.weight - one.weight)
          : index.search(query.words).map(({ id }) => documents[id as number]!);
      const results = found.filter((document) => passes(document, query));
      return { results: results.slice(0, most), count: results.length };
    },
  };
}
