import { RESERVED_FOLDERS } from '../schema/report.ts';

/**
 * Script that the dev server adds to every page: says that a rebuild has begun, and shows what came of it. Where nothing but images changed
 * they are put in their places; a page whose experiment does not exist any more leads to the first page; else the page is loaded again. Served as a
 * module through Vite, never part of a build.
 */
export const DEV_CHANGE_CLIENT = `
if (import.meta.hot) {
  const ASSET = /assets\\/[0-9a-f]{8,}[\\w.-]*/g;
  const read = () => fetch(location.href, { cache: 'no-store' }).then((answer) => (answer.ok ? answer.text() : undefined));
  let before = read().catch(() => undefined);
  const GENERATION = /<meta name="filterscope-generation" content="(\\d+)"[^>]*>/;
  /** Which rebuild a page shows. */
  const generationOf = (html) => GENERATION.exec(html)?.[1];
  const withoutNumbers = (html) => html.replace(GENERATION, '').replace(ASSET, '');
  let shown = document.querySelector('meta[name=filterscope-generation]')?.content;
  const sign = () => document.querySelector('filterscope-rebuilding');
  const clear = () => sign()?.remove();
  import.meta.hot.on('filterscope:rebuilding', ({ files }) => {
    const host = sign() ?? document.createElement('filterscope-rebuilding');
    host.setAttribute('role', 'status');
    host.style = 'position: fixed; right: 1rem; bottom: 1rem; z-index: 98; padding: 0.4rem 0.8rem; border-radius: 6px; background: #1b6a7e; color: #fff; font: 400 0.8125rem/1.5 Inter, system-ui, sans-serif';
    host.textContent = 'Rebuilding: ' + files.join(', ') + ' …';
    document.body.append(host);
  });
  for (const event of ['filterscope:failed', 'filterscope:mended', 'filterscope:same']) import.meta.hot.on(event, clear);
  const isGone = (experiments) => {
    const [, id = ''] = location.pathname.split('/').map(decodeURIComponent);
    const isOfExperiment = id !== '' && id !== 'index.html' && !${JSON.stringify(RESERVED_FOLDERS)}.includes(id);
    return isOfExperiment && !experiments.includes(id);
  };
  // A change that came while this page was loading.
  import.meta.hot.on('filterscope:stale', ({ experiments }) => (isGone(experiments) ? location.replace('/') : location.reload()));
  import.meta.hot.on('filterscope:changed', async ({ experiments }) => {
    if (isGone(experiments)) return location.replace('/');
    const [old, now] = [await before, await read().catch(() => undefined)];
    if (old === undefined || now === undefined || generationOf(old) !== shown || withoutNumbers(old) !== withoutNumbers(now))
      return location.reload();
    const [names, newNames] = [old.match(ASSET) ?? [], now.match(ASSET) ?? []];
    const renamed = new Map(names.flatMap((name, at) => (name === newNames[at] ? [] : [[name, newNames[at]]])));
    const ambiguous = names.some((name, at) => renamed.has(name) && renamed.get(name) !== newNames[at]);
    if (ambiguous) return location.reload();
    if (renamed.size > 0) {
      for (const element of document.querySelectorAll('*')) {
        for (const { name, value } of element.attributes) {
          const next = value.replace(ASSET, (asset) => renamed.get(asset) ?? asset);
          if (next !== value) element.setAttribute(name, next);
        }
      }
    }
    before = Promise.resolve(now);
    shown = generationOf(now);
    document.querySelector('filterscope-error')?.remove();
    clear();
  });
}
`;
