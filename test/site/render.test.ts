import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/effects.ts';
import { renderSite } from '../../src/site/render.ts';
import type { SiteSettings } from '../../src/site/site-context.ts';
import type { Patch, PatchFacts } from '../../src/techniques/patches/facts.ts';
import { writeSample, type Sample } from './sample.ts';

let folder: string;
let sample: Sample;
let dist: string;
let pages: number;
/** Contents of every page by its path below dist/; that of no page is apart, as it has links of its own. */
let html: Map<string, string>;
/** Every file below dist/. */
let files: Set<string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'filterscope render-'));
  sample = await writeSample(folder, { images: 4, filters: 130, layers: 2, size: 32 });
  ({ dist, pages } = await publish('dist'));
  // Folders have no ending.
  const all = await readdir(dist, { recursive: true });
  files = new Set(all.filter((path) => /\.[a-z0-9]+$/.test(path)).map((path) => path.replaceAll('\\', '/')));
  html = new Map();
  for (const file of files) {
    if (file.endsWith('.html') && file !== '404.html')
      html.set(file, await readFile(join(dist, file), 'utf8'));
  }
});
afterAll(() => rm(folder, { recursive: true }));

async function publish(name: string, settings?: SiteSettings): Promise<{ dist: string; pages: number }> {
  const outDir = join(folder, name);
  const rendered = await renderSite({
    dataDir: sample.dataDir,
    outDir,
    log: silentLogger,
    settings,
  });
  await cp(sample.assetsDir, join(outDir, 'assets'), { recursive: true });
  await cp(sample.dataDir, outDir, { recursive: true });
  return { dist: outDir, pages: rendered.pages };
}

const attributes = (text: string, name: string): string[] =>
  [...text.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value]) =>
    value!.replaceAll('&amp;', '&').replaceAll('&#38;', '&').replaceAll('&quot;', '"'),
  );

/** Start and end tags in order. Attribute values may hold `<` and `>` as they are: they are skipped with their tag. */
const tags = (text: string): string[] => text.match(/<[a-z/!](?:[^>"]|"[^"]*")*>/gi) ?? [];
const withoutValues = (tag: string): string => tag.replaceAll(/="[^"]*"/g, '');

/** The cover of a report of the sample, by its path below dist/. */
function coverOf(id: string): { url: string; width: number; height: number } {
  const { src, ...size } = sample.reports.get(id)!.experiment.cover!;
  return { url: posix.join(id, src), ...size };
}

describe('renderSite', () => {
  it('writes every page that the design promises', () => {
    expect(pages).toBe(html.size + 1);
    for (const page of [
      'index.html',
      'search/index.html',
      'cats-through-convolutions/index.html',
      'cats-through-convolutions/layers/conv_10x10/index.html',
      'cats-through-convolutions/layers/conv_10x10/2/index.html',
      'cats-through-convolutions/images/cat-png/index.html',
      'cats-through-convolutions/views/stages/index.html',
      'many-pictures/layers/flatten/index.html',
      'many-pictures/layers/block2_conv1/129/index.html',
      'nothing-yet/index.html',
      'vgg16-first-and-last/index.html',
    ]) {
      expect(html.has(page), page).toBe(true);
    }
    const layers = [...sample.reports.values()].reduce((sum, { model }) => sum + model.layers.length, 0);
    const images = [...sample.reports.values()].reduce((sum, report) => sum + report.images.length, 0);
    const views = [...sample.reports.values()].reduce((sum, report) => sum + report.views.length, 0);
    // Of the sample on excitation: 0-5 of the first layer, 0-11 of the two others.
    const filters = 3 + 2 * 130 + 2 * 4 + 6 + 12 + 12;
    // The gallery's own, those of the search, the glossary and the comparison, and that of no page.
    expect(pages).toBe(5 + sample.gallery.experiments.length + layers + images + views + filters);
  });

  it('links only to what is there, relatively and by file name', () => {
    const broken: string[] = [];
    for (const [page, text] of html) {
      const ids = new Set(attributes(text, 'id'));
      for (const target of [
        ...attributes(text, 'href'),
        ...attributes(text, 'src'),
        ...attributes(text, 'srcset'),
        ...attributes(text, 'data-strip'),
      ]) {
        if (target.startsWith('data:')) continue;
        if (/^([a-z]+:|\/)/.test(target)) broken.push(`${page}: ${target} is not relative`);
        const [address, fragment] = target.split('#') as [string, string | undefined];
        const path = address.split('?')[0]!;
        const file = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
        if (!files.has(file)) broken.push(`${page}: ${target} does not exist`);
        if (fragment !== undefined) {
          const there = path === '' ? ids : new Set(attributes(html.get(file) ?? '', 'id'));
          if (!there.has(fragment)) broken.push(`${page}: ${target} leads nowhere on its page`);
        }
      }
    }
    expect(broken).toEqual([]);
  });

  it('gives every image its size and words', () => {
    for (const [page, text] of html) {
      for (const img of tags(text).filter((tag) => tag.startsWith('<img'))) {
        expect(img, page).toMatch(/ width="\d+"/);
        expect(img, page).toMatch(/ height="\d+"/);
        expect(img, page).toMatch(/ alt(="[^"]*")?[ >]/);
      }
    }
    const filter = html.get('cats-through-convolutions/layers/conv_10x10/2/index.html')!;
    expect(filter).toMatch(
      /alt="Feature map of filter 2 in conv_10x10 for cat\.png: 391 × 311 pixels, values /,
    );
  });

  it('needs no script, and none that Chromium refuses from disk', () => {
    for (const [page, text] of html) {
      expect(text, page).not.toMatch(/<script[^>]*type="module"/);
      expect(
        tags(text).filter((tag) => tag.startsWith('<script')),
        page,
        // That of comparisons is all of its page.
      ).toHaveLength(page === 'compare/index.html' ? 3 : 2);
      expect(text, page).toMatch(
        /<script src="[./]*assets\/theme-[0-9a-f]+\.js"( data-fonts="([./]*assets\/inter-[46]00-[0-9a-f]+\.woff2 ?){2}")>/,
      );
      expect(text, page).toMatch(/<script defer src="[./]*assets\/site-[0-9a-f]+\.js">/);
    }
  });

  it('shows names and texts as they are, whatever they hold', () => {
    for (const [page, text] of html) {
      const found = tags(text).map(withoutValues);
      const foreign = found.filter((tag) => /^<\/?(?:b|i|u)>|onerror|^<script>|alert/.test(tag));
      expect(foreign, page).toEqual([]);
    }
    const overview = html.get('nasty-names/index.html')!;
    expect(overview).toContain('&lt;script&gt;alert(');
    expect(overview).toContain('&lt;b&gt;bold&lt;/b&gt; warning');
    expect(overview).toContain('卷积');
  });

  it('writes out what would act on a page, in text, titles and alternative texts', () => {
    let shown = 0;
    for (const [page, text] of html) {
      expect(text, page).not.toMatch(/[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
      if (page.startsWith('hostile-names/')) shown += Number(text.includes('\\u202e'));
    }
    expect(shown).toBeGreaterThan(7);
    const filter = [...html].find(([page]) => /^hostile-names\/layers\/c1.*\/2\/index\.html$/.test(page))![1];
    expect(/<title>(.*?)<\/title>/.exec(filter)![1]).toContain(
      'c1\\u001b[31m&lt;/script&gt;\\u202e שלום \\u0000\\u009b2J',
    );
    expect(attributes(filter, 'alt').filter((alt) => alt.includes('תמונה\\u202egnp.exe'))).not.toEqual([]);
    expect(filter).toMatch(/<bdi>c1\\u001b/);
  });

  it('names in every page what it may load, before it loads anything, and gives nobody else a say', () => {
    for (const [page, text] of html) {
      const [charset, policy] = tags(text.slice(text.indexOf('<head>') + 6));
      expect(charset, page).toBe('<meta charset="utf-8">');
      const content = /^<meta http-equiv="Content-Security-Policy" content="([^"]*)">$/.exec(policy!)?.[1];
      const directives = new Map(
        content!.split('; ').map((directive): [string, string[]] => {
          const [name, ...sources] = directive.split(' ');
          return [name!, sources];
        }),
      );
      const sheets = [...text.matchAll(/<style>([^]*?)<\/style>/g)].map(
        ([, css]) => `'sha256-${createHash('sha256').update(css!).digest('base64')}'`,
      );
      const own = ["'self'", 'file:'];
      expect(Object.fromEntries(directives), page).toEqual({
        ...{ 'default-src': ["'none'"], 'script-src': own, 'style-src': [...own, ...sheets] },
        ...{ 'img-src': own, 'font-src': own, 'object-src': ["'none'"] },
        ...{ 'base-uri': ["'none'"], 'form-action': own },
      });
      // What such a policy leaves without effect.
      const inline = tags(text).filter((tag) => / (?:style|on[a-z]+)(?=[\s>/])/.test(withoutValues(tag)));
      expect(inline, page).toEqual([]);
    }
  });

  it('says why a report is not there and how to get it', () => {
    for (const page of ['index.html', 'vgg16-first-and-last/index.html']) {
      expect(html.get(page), page).toContain('<code>npx filterscope weights pull vgg16</code>');
    }
  });

  it('shows large layers as whole sprites on an image’s page', () => {
    const page = html.get('many-pictures/images/a-00-jpg/index.html')!;
    expect(page).toContain('130 feature maps of block2_conv1');
    expect(page.match(/<img /g)!.length).toBeLessThan(120);
  });

  it('studies a dream: how far it got, what comes nearest, how it is made again', () => {
    const page = html.get('what-excites-filters/layers/block2_conv2/0/index.html')!;
    expect(page).toContain('The dream’s activation is 1.8 times that of the best image.');
    expect(page).toContain('activation 8.197, the dream’s 15');
    expect(page).toContain('href="../../../images/photo-1/index.html#rivals"');
    expect(page).toMatch(
      /<pre class="source">title: What excites[^<]*input: \[96, 96\]\n[^<]*layer: block2_conv2\n {4}filters: 0\n[^<]*<\/pre>/,
    );
    expect(page).toContain('alt="Steps of the dream of filter 0: 6 images from step 0 to step 256"');
    expect(page).toMatch(
      /alt="Preferred input of filter 0 in block2_conv2: 128 × 128 pixels, activation 15, 1\.8 times /,
    );
  });

  it('says in words that a unit is dead or a dream unfinished', () => {
    const dead = html.get('what-excites-filters/layers/block3_conv3/4/index.html')!;
    expect(dead).toContain('No activation found after all restarts');
    expect(dead).not.toContain('Best image');
    const unfinished = html.get('what-excites-filters/layers/block3_conv3/2/index.html')!;
    expect(unfinished).toContain('The objective was still rising when the steps ended');
    expect(unfinished).toContain('The dream reaches 86 % of the best image’s activation');
    const view = html.get('what-excites-filters/views/dreams/index.html')!;
    expect(view.match(/class="flag"/g)).toHaveLength(4);
    expect(view).toContain('title="no activation found after all restarts"');
  });

  it('puts patches and projections side by side, filter by filter in one order', () => {
    const page = html.get('what-excites-filters/views/top-patches/index.html')!;
    const lists = [...page.matchAll(/<ul(?: data-roving data-of="[^"]+")?>([^]*?)<\/ul>/g)].map(([, list]) =>
      attributes(list!, 'href'),
    );
    const twelve = Array.from(
      { length: 12 },
      (_, filter) => `../../layers/block2_conv2/${filter}/index.html`,
    );
    expect(lists[0]).toEqual(twelve);
    expect(lists[1]).toEqual(twelve);
    expect(lists).toHaveLength(4);
    const alone = html.get('what-excites-filters/views/patches-alone/index.html')!;
    expect(alone.match(/<ul data-roving[^>]*>/g)).toHaveLength(1);
  });

  it('leads from each patch to its place in the whole image, and back to the filter', () => {
    const filter = html.get('what-excites-filters/layers/block3_conv3/2/index.html')!;
    const [strongest] = attributes(filter, 'href').filter((href) => href.includes('#place-block3_conv3-2'));
    expect(strongest).toMatch(/^\.\.\/\.\.\/\.\.\/images\/photo-\d\/index\.html#place-block3_conv3-2$/);
    const picture = html.get(posix.join('what-excites-filters', strongest!.slice(9).split('#')[0]!))!;
    const place =
      /<a id="place-block3_conv3-2" href="([^"]*)"[^>]*>\s*<title>Filter 2 of block3_conv3: activation 29\.4<\/title>\s*<rect x="(\d+)" y="(\d+)" width="40" height="40">/;
    const [, href, x, y] = place.exec(picture)!;
    expect(href).toBe('../../layers/block3_conv3/2/index.html');
    const { facts } = sample.reports
      .get('what-excites-filters')!
      .views[1]!.panels.find(({ layer, filter: number }) => layer === 'block3_conv3' && number === 2)!;
    const [{ box }] = (facts as PatchFacts).patches as [Patch];
    expect([Number(x), Number(y)]).toEqual([box.x, box.y]);
  });

  it('marks patches at the border, and says what was left out there', () => {
    const at = (path: string): string => html.get(`what-excites-filters/${path}`)!;
    const filter = at('layers/block3_conv3/2/index.html');
    const outside = 'at the image border: the receptive field reaches outside by 12 at the left';
    expect(filter).toContain('1 of the 9 patches is at the image border');
    expect(filter).toContain(`<small title="${outside}">at the image border</small>`);
    expect(at('layers/block2_conv2/2/index.html')).not.toContain('at the image border');
    const { facts } = sample.reports
      .get('what-excites-filters')!
      .views[1]!.panels.find(({ layer, filter: number }) => layer === 'block3_conv3' && number === 2)!;
    const { image, box } = (facts as PatchFacts).patches.find(({ receptiveField }) => receptiveField)!;
    const picture = at(`images/${image}/index.html`);
    expect(picture).toContain(`<path class="outside" d="M0 ${box.y}v${box.height}">`);
    expect(at('views/top-patches/index.html')).toContain('<span class="hatching">');
    const avoiding = at('views/patches-alone/index.html');
    expect(avoiding).toContain(
      '<code>border: avoid</code> left out 1 patch at the border of images, of 1 of 5 filters',
    );
    expect(at('layers/block1_conv2/0/index.html')).toContain(
      'left out 1 patch at the border, strongest 41.5',
    );
  });

  it('writes the same bytes again', async () => {
    const again = await publish('again');
    for (const file of files) {
      expect(
        Buffer.compare(await readFile(join(dist, file)), await readFile(join(again.dist, file))),
        file,
      ).toBe(0);
    }
    expect((await readdir(again.dist, { recursive: true })).length).toBe(
      (await readdir(dist, { recursive: true })).length,
    );
  });

  it('says what every page is for previews of links, with the picture of its report', async () => {
    const { url, width, height } = coverOf('cats-through-convolutions');
    const meta = (text: string, name: string): string | undefined =>
      new RegExp(`<meta (?:property|name)="${name}" content="([^"]*)"`).exec(text)?.[1];
    for (const [file, text] of html) {
      for (const name of [
        'og:title',
        'og:description',
        'twitter:title',
        'twitter:description',
        'description',
      ])
        expect(meta(text, name), `${file} ${name}`).toMatch(/\S/);
      expect(meta(text, 'og:description'), file).not.toMatch(/\b0 [a-z]+s\b/);
      const image = meta(text, 'og:image');
      const report = file.split('/')[0]!;
      // Other reports of the sample have no cover.
      const isCovered = !sample.reports.has(report) || report === 'cats-through-convolutions';
      expect(meta(text, 'twitter:card'), file).toBe(isCovered ? 'summary_large_image' : 'summary');
      expect(image === undefined, file).toBe(!isCovered);
      if (image === undefined) continue;
      expect(posix.join(posix.dirname(file), image), file).toBe(url);
      expect(meta(text, 'twitter:image')).toBe(image);
      expect([meta(text, 'og:image:width'), meta(text, 'og:image:height')]).toEqual([
        `${width}`,
        `${height}`,
      ]);
      expect(meta(text, 'og:image:alt')).toContain('A cat through convolutions');
    }
  });

  it('has a page for addresses of no page, whose links begin at the path of the gallery', async () => {
    const plain = await readFile(join(dist, '404.html'), 'utf8');
    expect(attributes(plain, 'href')).toEqual(['./', '../']);
    expect(attributes(plain, 'src')).toEqual([]);
    const rooted = async (name: string, settings: SiteSettings): Promise<string> => {
      const { dist: published } = await publish(name, settings);
      return readFile(join(published, '404.html'), 'utf8');
    };
    const text = await rooted('rooted', { url: 'https://example.org/a/', base: '/b/c/', title: 'Ours' });
    const links = [...attributes(text, 'href'), ...attributes(text, 'src'), ...attributes(text, 'action')];
    expect(links).toContain('/b/c/index.html');
    for (const link of links) {
      expect(link).toMatch(/^\/b\/c\/./);
      expect(files).toContain(link.slice('/b/c/'.length));
    }
    expect(text).toContain('<title>Page not found · Ours</title>');
    expect(attributes(await rooted('at url', { url: 'https://example.org/a/' }), 'href')).toContain(
      '/a/index.html',
    );
  });

  it('names the picture by its whole address where the gallery has one', async () => {
    const { dist: published } = await publish('addressed', { url: 'https://example.org/cnn/' });
    const { url } = coverOf('cats-through-convolutions');
    for (const file of ['index.html', 'cats-through-convolutions/views/stages/index.html']) {
      const text = await readFile(join(published, file), 'utf8');
      expect(text).toContain(`<meta property="og:image" content="https://example.org/cnn/${url}">`);
    }
  });

  it('refuses data that break the contract, and writes nothing', async () => {
    const dataDir = join(folder, 'broken');
    await cp(sample.dataDir, dataDir, { recursive: true });
    const options = {
      dataDir,
      outDir: join(folder, 'none'),
      log: silentLogger,
    };
    const path = join(dataDir, 'nothing-yet', 'report.json');
    const report = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...report, extra: 1 }));
    await expect(renderSite(options)).rejects.toThrow(/extra/);
    await writeFile(
      join(dataDir, 'gallery.json'),
      JSON.stringify({ schemaVersion: 1, experiments: [{ status: 'ready', id: '../up', title: 'x' }] }),
    );
    await expect(renderSite(options)).rejects.toThrow(/cannot be a folder/);
    await expect(readdir(join(folder, 'none'))).rejects.toThrow();
  });
});
