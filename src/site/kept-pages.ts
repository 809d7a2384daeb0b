import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sha256 } from '../hash.ts';
import { linkFile } from './link-file.ts';
import { reads } from './reads.ts';
import type { SiteData } from './data.ts';

/** What is rendered at once: a page, or the viewer's scripts of a report. */
export interface PartNote {
  /** Of all that it was rendered from. */
  readonly key: string;
  /** Names of what was read for it (reads.ts). */
  readonly reads: readonly string[];
  /** SHA-256 of its files, by their paths below dist/, with forward slashes. */
  readonly files: Readonly<Record<string, string>>;
}

/** How a gallery was rendered, for the next time. */
export interface RenderNotes {
  readonly parts: Readonly<Record<string, PartNote>>;
  /** By experiment. */
  readonly units?: Readonly<Record<string, UnitsNote>>;
}

/** Which units of a report have pages: else all its panels are read for their list. */
export interface UnitsNote {
  /** Of the report, and of what pages are rendered by. */
  readonly key: string;
  /** As entries of `ReportUnits`. */
  readonly filters: readonly (readonly [layer: string, filters: readonly number[]])[];
}

export interface PagesBefore {
  /** Where the files of `notes` are. */
  readonly folder: string;
  readonly notes: RenderNotes;
  /** SHA-256 of its files that were looked at, by their paths; others are when they are taken. */
  readonly sums?: Readonly<Record<string, string>>;
}

/** The gallery that was published before, and what decides whether its pages are still right. */
export interface KeptPages {
  /** Of what all pages are rendered by: the site's sources, settings and plug-ins. */
  readonly siteKey: string;
  /** Digests of gallery.json and of the reports, by their names in reads.ts. */
  readonly digests: Readonly<Record<string, string>>;
  /** Absent where nothing is there. */
  readonly before?: PagesBefore | undefined;
}

/** Tells which parts of a gallery need no rendering, and takes them over. */
export class KeptParts {
  readonly #networks = new Map<string, Promise<string>>();

  constructor(
    private readonly kept: KeptPages,
    private readonly data: SiteData,
  ) {}

  /** @param props of the page */
  async keyOf(name: string, props: unknown, names: readonly string[]): Promise<string> {
    const digests = await Promise.all(names.map((read) => this.#digestOf(read)));
    return sha256(JSON.stringify([this.kept.siteKey, name, props, names, digests])).slice(0, 40);
  }

  /** The part as it was rendered before; undefined where something that it was rendered from is different now. */
  async find(name: string, props: unknown): Promise<PartNote | undefined> {
    const note = this.kept.before?.notes.parts[name];
    return note && (await this.keyOf(name, props, note.reads)) === note.key ? note : undefined;
  }

  /** Of the units of a report; undefined where nothing is to be kept. */
  unitsKey(experiment: string): string | undefined {
    const digest = this.kept.digests[reads.report(experiment)];
    return digest && sha256(JSON.stringify([this.kept.siteKey, digest])).slice(0, 40);
  }

  /** The units of a report that is as it was. */
  unitsOf(experiment: string): UnitsNote | undefined {
    const note = this.kept.before?.notes.units?.[experiment];
    return note && note.key === this.unitsKey(experiment) ? note : undefined;
  }

  /** Takes its files over. @returns false where one of them is missing or is not what was rendered */
  take(note: PartNote, outDir: string): boolean {
    const { folder, sums = {} } = this.kept.before!;
    for (const [path, sum] of Object.entries(note.files)) {
      const [source, target] = [join(folder, path), join(outDir, path)];
      if (sums[path] === sum) {
        if (!linkFile(source, target)) return false;
        continue;
      }
      const bytes = readIfThere(source);
      if (bytes === undefined || sha256(bytes) !== sum) return false;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
    return true;
  }

  async #digestOf(read: string): Promise<string> {
    const known = this.kept.digests[read];
    if (known !== undefined) return known;
    const experiment = reads.experimentOfNetwork(read);
    if (experiment === undefined) return 'gone';
    let network = this.#networks.get(experiment);
    if (!network)
      this.#networks.set(
        experiment,
        (network = this.data.networkOf(experiment).then((ids) => ids.join(' '))),
      );
    return network;
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
