import { mkdir, readFile, writeFile } from 'node:fs/promises';
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

  /** Takes its files over. @returns false where one of them is missing or is not what was rendered */
  async take(note: PartNote, outDir: string): Promise<boolean> {
    const { folder, sums = {} } = this.kept.before!;
    for (const [path, sum] of Object.entries(note.files)) {
      const [source, target] = [join(folder, path), join(outDir, path)];
      if (sums[path] === sum) {
        if (!(await linkFile(source, target))) return false;
        continue;
      }
      const bytes = await readFile(source).catch(() => undefined);
      if (bytes === undefined || sha256(bytes) !== sum) return false;
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, bytes);
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
