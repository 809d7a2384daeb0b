/**
 * A parsed YAML document as plain data. Each step visits every node once: the parser's own search for duplicate keys and
 * for what an alias stands for is quadratic, and its count of repetitions cubic.
 */
import {
  type Alias,
  type Document,
  type Node,
  type Pair,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  visit,
} from 'yaml';

/** What each alias stands for: the last node of that name above it. */
export type Targets = ReadonlyMap<Alias, Node>;

export interface NodeIndex {
  readonly targets: Targets;
  /** Aliases of names that are not defined above them. */
  readonly unresolved: readonly Alias[];
  /** Aliases inside the very node that they stand for. */
  readonly circular: readonly Alias[];
  /** Every key with its value, of all maps. */
  readonly pairs: readonly Pair[];
  /** Pairs whose key the same map has already. */
  readonly duplicates: readonly { readonly pair: Pair; readonly key: string }[];
}

export function indexNodes(document: Document): NodeIndex {
  const named = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const unresolved: Alias[] = [];
  const circular: Alias[] = [];
  const pairs: Pair[] = [];
  const duplicates: { pair: Pair; key: string }[] = [];
  visit(document, {
    Node(_, node, path) {
      if (isAlias(node)) {
        const target = named.get(node.source);
        if (!target) unresolved.push(node);
        else if (path.includes(target)) circular.push(node);
        else targets.set(node, target);
      } else if ('anchor' in node && node.anchor) named.set(node.anchor, node);
      if (!isMap(node)) return;
      const keys = new Set<string>();
      for (const pair of node.items) {
        pairs.push(pair);
        const key = keyOf(pair);
        if (key === undefined) continue;
        if (keys.has(key)) duplicates.push({ pair, key });
        keys.add(key);
      }
    },
  });
  return { targets, unresolved, circular, pairs, duplicates };
}

/** Values in the whole file once its aliases are written out. */
const MOST_VALUES = 1_000_000;
const MOST_LEVELS = 100;

interface Measured {
  readonly value: unknown;
  /** With everything in it, aliases written out. */
  readonly values: number;
  readonly levels: number;
}

/** Objects, lists, texts, numbers, booleans and null; what an alias repeats is the same object each time. */
export function toPlain(
  document: Document,
  targets: Targets,
): { readonly value: unknown } | { readonly exceeded: 'depth' | 'aliases' } {
  const known = new Map<unknown, Measured>();
  const convert = (node: unknown): Measured => {
    const found = isAlias(node) ? targets.get(node) : node;
    const before = known.get(found);
    if (before) return before;
    const made = isMap(found)
      ? convertMap(found.items)
      : isSeq(found)
        ? convertSeq(found.items)
        : plain(found);
    // Only what has a name can be met again.
    if ((found as Node | null | undefined) && (found as { anchor?: string }).anchor) known.set(found, made);
    return made;
  };
  const convertMap = (items: readonly Pair[]): Measured => {
    const entries = items.map((pair): [string, Measured] => [keyOf(pair)!, convert(pair.value)]);
    const value = Object.fromEntries(entries.map(([key, { value: inner }]) => [key, inner]));
    return measured(
      value,
      entries.map(([, inner]) => inner),
    );
  };
  const convertSeq = (items: readonly unknown[]): Measured => {
    const entries = items.map((item) => (isPair(item) ? convertMap([item]) : convert(item)));
    return measured(
      entries.map(({ value }) => value),
      entries,
    );
  };
  const { value, values, levels } = convert(document.contents);
  if (levels > MOST_LEVELS) return { exceeded: 'depth' };
  return values > MOST_VALUES ? { exceeded: 'aliases' } : { value };
}

const plain = (node: unknown): Measured => ({
  value: isScalar(node) ? node.value : null,
  values: 1,
  levels: 1,
});

const measured = (value: unknown, inner: readonly Measured[]): Measured => ({
  value,
  values: inner.reduce((sum, { values }) => sum + values, 1),
  levels: inner.reduce((most, { levels }) => Math.max(most, levels), 0) + 1,
});

/** `undefined` for a value that is left empty: its key is the better place. */
export function startOf(node: unknown): number | undefined {
  const { range, source } = (node ?? {}) as Partial<Node> & { source?: string };
  if (!range || (isScalar(node) && node.value === null && !source)) return undefined;
  return range[0];
}

export function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}
