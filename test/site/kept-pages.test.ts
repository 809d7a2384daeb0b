import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { sha256 } from '../../src/hash.ts';
import type { NarrativeBlock, Report } from '../../src/schema/report.ts';
import type { PagesBefore, RenderNotes } from '../../src/site/kept-pages.ts';
import { reads } from '../../src/site/reads.ts';
import { networksOf, splitReport } from '../../src/site/report-parts.ts';
import { renderSite } from '../../src/site/render.ts';
import type { Rendered } from '../../src/site/render.ts';
import { listFolder } from '../../src/store/store.ts';
import { writeSample, type Sample } from './sample.ts';

const CATS = 'cats-through-convolutions';

interface Before {
  /** Its folder. */
  readonly of: string;
  readonly notes: RenderNotes;
}

let folder: string;
let sample: Sample;
let first: Rendered;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope kept-'));
  sample = await writeSample(folder, { images: 3, filters: 12, layers: 1, size: 16 });
  first = await render('first');
});
afterAll(() => rm(folder, { recursive: true }));

/** As publish.ts makes them. */
async function digests(): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  const reports: Report[] = [];
  for (const { path } of await listFolder(sample.dataDir)) {
    const id = path.split('/')[0]!;
    const name = path === 'gallery.json' ? reads.gallery : reads.report(id);
    const bytes = await readFile(join(sample.dataDir, path), 'utf8');
    const report = path.endsWith('/report.json') ? (JSON.parse(bytes) as Report) : undefined;
    if (report) reports.push(report);
    const { rest, parts } = report ? splitReport(report) : { rest: bytes, parts: {} };
    all[name] = sha256(`${all[name] ?? ''} ${rest}`);
    for (const [part, text] of Object.entries(parts)) all[part] = sha256(text);
  }
  return { ...all, ...networksOf(reports) };
}

async function render(name: string, before?: Before, siteKey = 'a'): Promise<Rendered> {
  const kept = {
    ...{ siteKey, digests: await digests() },
    before: before && galleryIn(before.of, name, before.notes),
  };
  return renderSite({ dataDir: sample.dataDir, outDir: join(folder, name), kept, log: silentLogger });
}

async function filesIn(name: string): Promise<Map<string, string>> {
  const found = await listFolder(join(folder, name));
  const texts = found.map(
    async ({ path }) => [path, await readFile(join(folder, name, path), 'latin1')] as const,
  );
  return new Map(await Promise.all(texts));
}

async function changeReport(id: string, change: (report: Report) => void): Promise<void> {
  const path = join(sample.dataDir, id, 'report.json');
  const report = JSON.parse(await readFile(path, 'utf8')) as Report;
  change(report);
  await writeFile(path, JSON.stringify(report));
}

const before = (): Before => ({ of: 'first', notes: first.notes });

/** A gallery that was rendered; what is taken over is copied. */
const galleryIn = (name: string, to: string, notes: RenderNotes): PagesBefore => {
  const read = (path: string): Buffer => readFileSync(join(folder, name, path));
  return {
    ...{ notes, read },
    has: (path, sum) => existsSync(join(folder, name, path)) && sha256(read(path)) === sum,
    take(path) {
      mkdirSync(dirname(join(folder, to, path)), { recursive: true });
      writeFileSync(join(folder, to, path), read(path));
    },
  };
};

it('renders nothing where nothing changed, to the same files', async () => {
  expect(first.rendered).toBe(first.pages);
  const again = await render('again', before());
  expect(again).toMatchObject({ pages: first.pages, rendered: 0, notes: first.notes });
  expect(await filesIn('again')).toEqual(await filesIn('first'));
});

it('takes the list of units from the notes while their report is as it was', async () => {
  const units = Object.entries(first.notes.units!).map(([id, { key, filters }]) => {
    const fewer = filters.map(([layer, some]) => [layer, some.slice(1)] as const);
    return [id, { key, filters: fewer }] as const;
  });
  const left = units.flatMap(([, { filters }]) => filters).length;
  expect(left).toBeGreaterThan(1);
  const notes = { ...first.notes, units: Object.fromEntries(units), list: undefined };
  const { pages } = await render('listed', { of: 'first', notes });
  expect(pages).toBe(first.pages - left);
  expect((await render('listed-anew', { of: 'first', notes }, 'b')).pages).toBe(first.pages);
});

it('renders the overview and the chapters of a report whose text changed', async () => {
  const edited = 'Another sentence.';
  await changeReport(CATS, ({ experiment }) =>
    (experiment.narrative as NarrativeBlock[]).push({ kind: 'html', html: `<p>${edited}</p>` }),
  );
  const some = await render('edited', before());
  const files = await filesIn('edited');
  expect(files).toEqual(await (await render('edited-whole'), filesIn('edited-whole')));
  expect(files.get(`${CATS}/index.html`)).toContain(edited);
  const chapters = [...files.keys()].filter((path) => path.startsWith(`${CATS}/chapters/`)).length;
  // The search is of all headings.
  expect(some.rendered).toBeLessThanOrEqual(2 + chapters);
  expect(some.rendered).toBeGreaterThan(0);
});

it('puts another title of a view into the pages that only show it, and renders those that need more', async () => {
  const title = `“Another” <title> & 'more'`;
  await changeReport('many-pictures', ({ views }) => (views[0]!.title = title));
  const start = await render('titled', before());
  const files = await filesIn('titled');
  const whole = await render('titled-whole');
  expect(files).toEqual(await filesIn('titled-whole'));
  expect(start.notes).toEqual(whole.notes);
  const inPages = Buffer.from('“Another” &lt;title&gt; &amp; &#39;more&#39;').toString('latin1');
  const shown = [...files].filter(([path, text]) => path.endsWith('.html') && text.includes(inPages));
  const slotted = Object.entries(start.notes.parts).filter(([, { slots }]) => slots);
  expect(slotted.map(([name]) => name)).toContain('search/data.js');
  expect(start.rendered).toBeGreaterThan(1);
  // The layer's page and those of its units and images.
  expect(shown.length).toBeGreaterThan(start.rendered + 12);
  expect([...files.values()].some((text) => /title:[0-9a-f]{20}/.test(text))).toBe(false);
  const scripts = [...files].filter(([path]) => path.endsWith('.js')).map(([, text]) => text);
  const inScripts = Buffer.from(JSON.stringify(title).replaceAll('<', '\\u003c')).toString('latin1');
  expect(scripts.filter((text) => text.includes(inScripts))).toHaveLength(2);
});

it('puts a title in again where it was put before', async () => {
  const titled = { of: 'titled', notes: (await render('titled', before())).notes };
  await changeReport('many-pictures', ({ views }) => (views[0]!.title = 'Short'));
  await render('titled-again', titled);
  await render('titled-again-whole');
  expect(await filesIn('titled-again')).toEqual(await filesIn('titled-again-whole'));
});

it('renders the overview, which prints the file, where a remark in it changed', async () => {
  const titled = { of: 'titled', notes: (await render('titled', before())).notes };
  await changeReport('many-pictures', ({ experiment }) => (experiment.source += '\n# A remark.'));
  const some = await render('remark', titled);
  expect(await filesIn('remark')).toEqual(await (await render('remark-whole'), filesIn('remark-whole')));
  expect(some.rendered).toBe(1);
});

it('renders what read a report that changed, and has the bytes of a gallery rendered whole', async () => {
  // Its title is in the search's data, too.
  await changeReport(CATS, ({ experiment }) => (experiment.title = 'Another title for all the cats'));
  const some = await render('some', before());
  const whole = await render('whole');
  expect(some.notes).toEqual(whole.notes);
  expect(await filesIn('some')).toEqual(await filesIn('whole'));
  expect(some.notes.parts['search/data.js']!.key).not.toBe(first.notes.parts['search/data.js']!.key);
  const pages = Object.keys(first.notes.parts).filter((name) => name.endsWith('.html'));
  const own = pages.filter((name) => name.startsWith(`${CATS}/`));
  expect(own.length).toBeGreaterThan(10);
  expect(some.rendered).toBeGreaterThan(own.length - 2);
  expect(some.rendered).toBeLessThan(first.pages / 2);
});

it('renders again what is missing or not as it was written, and all of it with another site', async () => {
  const damaged = join(folder, 'damaged');
  await cp(join(folder, 'first'), damaged, { recursive: true });
  await writeFile(join(damaged, 'many-pictures/index.html'), 'Mine now.');
  await rm(join(damaged, 'many-pictures/views'), { recursive: true });
  await render('mended', { of: 'damaged', notes: first.notes });
  await render('new');
  expect(await filesIn('mended')).toEqual(await filesIn('new'));
  expect((await render('other', before(), 'b')).rendered).toBe(first.pages);
});
