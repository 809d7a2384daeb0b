import { sha256 } from '../hash.ts';
import { reads } from './reads.ts';
import type { StaticFiles } from './static-files.ts';
import type { Slot } from './title-slots.ts';

/** What is rendered at once: a page, or the viewer's scripts of a report. */
export interface PartNote extends KnownPart {
  /** SHA-256 of its files, by their paths below dist/, with forward slashes. */
  readonly files: Readonly<Record<string, string>>;
  /** Where titles are in its files, which are not among what was read for it. */
  readonly slots?: Readonly<Record<string, readonly Slot[]>> | undefined;
}

/** A part of the gallery before, which is right if the same part is in the new one. */
export interface KnownPart {
  /** Of all that it was rendered from. */
  readonly key: string;
  /** Names of what was read for it (reads.ts). */
  readonly reads: readonly string[];
}

/** How a gallery was rendered, for the next time. */
export interface RenderNotes extends Sources {
  /** What the list of parts was made from; absent where not all of them are noted. */
  readonly list?: readonly string[] | undefined;
  readonly parts: Readonly<Record<string, PartNote>>;
  /** By experiment. */
  readonly units?: Readonly<Record<string, UnitsNote>>;
  readonly statics?: StaticsNote;
}

/** Static files as they were written. */
export interface StaticsNote {
  readonly names: Omit<StaticFiles, 'files'>;
  /** SHA-256 by paths below dist/. */
  readonly files: Readonly<Record<string, string>>;
}

/** Which units of a report have pages: else all its panels are read for their list. */
export interface UnitsNote {
  /** Of the report, and of what pages are rendered by. */
  readonly key: string;
  /** As entries of `ReportUnits`. */
  readonly filters: readonly (readonly [layer: string, filters: readonly number[]])[];
}

/** What decides whether pages are still right. */
export interface Sources {
  /** Of what all pages are rendered by: the site's sources, settings and plug-ins. */
  readonly siteKey: string;
  /** Digests of all that pages read, by its names in reads.ts. */
  readonly digests: Readonly<Record<string, string>>;
}

/** The gallery that was published before. */
export interface PagesBefore {
  readonly notes: RenderNotes;
  /** Whether a file is there, with this SHA-256. */
  has(path: string, sum: string): boolean;
  /** Has a file taken over into the new gallery. */
  take(path: string): void;
  read(path: string): Buffer;
}

export interface KeptPages extends Sources {
  /** Absent where nothing is there. */
  readonly before?: PagesBefore | undefined;
}

/** What a process that renders pages is told of those of the gallery before. */
export interface KnownPages extends Sources {
  /** Names of the parts to be rendered, where the list of parts is as it was; absent: what is not among `known`. */
  readonly only?: readonly string[] | undefined;
  readonly known: Readonly<Record<string, KnownPart>>;
  readonly units: RenderNotes['units'];
}

/** Finds out what of the gallery before is still right. */
export function findKnown({ siteKey, digests, before }: KeptPages): KnownPages {
  const notes = before?.notes;
  if (notes?.siteKey !== siteKey) return { siteKey, digests, known: {}, units: {} };
  const isSame = (read: string): boolean => digests[read] === notes.digests[read];
  const known: Record<string, KnownPart> = {};
  const others: string[] = [];
  for (const [name, { key, reads: names, files }] of Object.entries(notes.parts)) {
    if (names.every(isSame) && Object.entries(files).every(([path, sum]) => before!.has(path, sum)))
      known[name] = { key, reads: names };
    else others.push(name);
  }
  const only = notes.list?.every(isSame) ? others : undefined;
  return { siteKey, digests, only, known, units: notes.units };
}

/** Tells which parts of a gallery need no rendering. */
export class KeptParts {
  readonly #only: ReadonlySet<string> | undefined;

  constructor(private readonly pages: KnownPages) {
    this.#only = pages.only && new Set(pages.only);
  }

  /** @param props of the page */
  keyOf(name: string, props: unknown, names: readonly string[]): string {
    const { siteKey, digests } = this.pages;
    const sums = names.map((read) => digests[read] ?? 'gone');
    return sha256(JSON.stringify([siteKey, name, props, names, sums])).slice(0, 40);
  }

  /** Whether the part is one of the gallery before. */
  isKnown(name: string, props: unknown): boolean {
    if (this.#only) return !this.#only.has(name);
    const part = this.pages.known[name];
    return part !== undefined && this.keyOf(name, props, part.reads) === part.key;
  }

  /** Of the units of a report; undefined where nothing is to be kept. */
  unitsKey(experiment: string): string | undefined {
    const { siteKey, digests } = this.pages;
    const digest = digests[reads.report(experiment)];
    return digest && sha256(JSON.stringify([siteKey, digest])).slice(0, 40);
  }

  /** The units of a report that is as it was. */
  unitsOf(experiment: string): UnitsNote | undefined {
    const note = this.pages.units?.[experiment];
    return note && note.key === this.unitsKey(experiment) ? note : undefined;
  }
}
