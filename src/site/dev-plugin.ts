import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { basename, dirname, join, sep } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Plugin, ViteDevServer } from 'vite';
import type { Logger } from '../effects.ts';
import type { Gallery } from '../schema/report.ts';
import { visibleLines } from '../visible.ts';
import { DEV_CHANGE_CLIENT } from './dev-change.ts';
import { DEV_ERROR_CLIENT } from './dev-error.ts';
import { generation, nextGeneration } from './generation.ts';
import { explainRefusal, isOwnOrigin, type HostCheck } from './hosts.ts';
import type { Pages } from './page-protocol.ts';
import { Rebuilder, type RebuildResult } from './rebuilder.ts';
import { fileBelow, refuse, sendFile } from './serve-file.ts';
import { SiteData } from './data.ts';
import { collectSearchData, SEARCH_DATA, searchScript } from './search/search-data.ts';
import { bundledScript, DEV_NAMES, siteScript, sourceFile, viewerSheet } from './static-files.ts';
import { viewerParts } from './viewer/collect.ts';

export interface DevPluginOptions {
  readonly dataDir: string;
  readonly assetsDir: string;
  /**
   * Whether a file of `assetsDir` holds what its name says; asked before it is served. A damaged one is not served, and makes a rebuild
   * start. Absent: every file does.
   */
  readonly checkAsset?: (name: string) => Promise<'sound' | 'damaged' | 'absent'>;
  /** Files and folders that a report is made of, absolute; asked again after every rebuild. */
  readonly watch: () => readonly string[];
  readonly rebuild: (changed: string[]) => Promise<RebuildResult>;
  readonly log: Logger;
  /** What was wrong at the first build, if anything: shown until it is mended. */
  readonly problem?: string;
  readonly answers: HostCheck;
  readonly pages: Pages;
}

/** Where Vite serves the script that follows changes; no experiment's folder begins with `@`. */
const CLIENT = '/@filterscope/changes.js';

/** The pipeline behind Vite's dev server: a saved experiment file becomes a new report, and open pages reload. */
export function devPlugin(options: DevPluginOptions): Plugin & { close(): Promise<void> } {
  let rebuilder: Rebuilder | undefined;
  return {
    name: 'filterscope',
    resolveId: (id) => (id === CLIENT ? id : undefined),
    load: (id) => (id === CLIENT ? DEV_ERROR_CLIENT + DEV_CHANGE_CLIENT : undefined),
    configureServer(server) {
      guard(server, options.answers);
      const started = watchSources(server, options);
      serveFiles(server, options, started);
      servePages(server, options);
      rebuilder = started;
    },
    close: async () => rebuilder?.close(),
  };
}

function watchSources(
  server: ViteDevServer,
  { dataDir, watch, rebuild, log, problem }: DevPluginOptions,
): Rebuilder {
  let watched: readonly string[] = [];
  // Shown in pages.
  let failure = problem === undefined ? undefined : visibleLines(problem);

  let experiments = listExperiments(dataDir);

  const follow = (): void => {
    const paths = watch();
    const dropped = watched.filter((path) => !paths.includes(path));
    const added = paths.filter((path) => !watched.includes(path));
    if (dropped.length > 0) server.watcher.unwatch(dropped);
    if (added.length > 0) server.watcher.add(added);
    watched = paths;
  };
  let started = 0;
  const rebuilder = new Rebuilder({
    rebuild,
    starting(changed) {
      started = performance.now();
      server.ws.send('filterscope:rebuilding', { files: changed.map((path) => basename(path)) });
    },
    done(result, changed) {
      follow();
      if (!result.ok) {
        failure = visibleLines(result.message);
        log.error(result.message);
        server.ws.send('filterscope:failed', { message: failure });
        return;
      }
      const mended = failure !== undefined;
      failure = undefined;
      if (result.changed) {
        log.info(describeRebuild(changed, performance.now() - started));
        nextGeneration();
        const before = experiments;
        experiments = listExperiments(dataDir);
        // A page that was not there has no script of ours that could be called.
        if (experiments.some((id) => !before.includes(id)))
          server.ws.send({ type: 'full-reload', path: '*' });
        else server.ws.send('filterscope:changed', { experiments });
      } else {
        server.ws.send(mended ? 'filterscope:mended' : 'filterscope:same', {});
      }
    },
  });
  server.watcher.on('all', (_event, path) => {
    if (watched.some((root) => path === root || path.startsWith(root + sep))) rebuilder.change(path);
  });
  // What was sent before a page could listen is sent again.
  server.ws.on('filterscope:hello', ({ generation: shown }: { generation?: string }, client) => {
    if (shown !== undefined && shown !== String(generation()))
      client.send('filterscope:stale', { experiments });
    if (failure !== undefined) client.send('filterscope:failed', { message: failure });
  });
  follow();
  return rebuilder;
}

/** `Rebuilt in 1.2 s: cats.yaml, cats.md and 3 more files.` */
export function describeRebuild(changed: readonly string[], milliseconds: number): string {
  const shown = changed.slice(0, 3).map((path) => basename(path));
  const more = changed.length - shown.length;
  const files = `${shown.join(', ')}${more > 0 ? ` and ${more} more ${more === 1 ? 'file' : 'files'}` : ''}`;
  return `Rebuilt in ${(milliseconds / 1000).toFixed(1)} s: ${files}.`;
}

/** Ids of the experiments that have pages; none where the gallery cannot be read. */
function listExperiments(dataDir: string): readonly string[] {
  try {
    const { experiments } = JSON.parse(readFileSync(join(dataDir, 'gallery.json'), 'utf8')) as Gallery;
    return experiments.map(({ id }) => id);
  } catch {
    return [];
  }
}

/**
 * Turns away what comes from elsewhere and what is no path, before anybody else sees it: Vite asks for the host behind what plug-ins put in
 * front, and a malformed path would be answered with the names of local files.
 */
function guard({ httpServer }: ViteDevServer, answers: HostCheck): void {
  if (!httpServer) throw new Error('The dev server has no server of its own');
  const others = httpServer.listeners('request') as RequestListener[];
  httpServer.removeAllListeners('request');
  httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { host } = request.headers;
    if (!answers(host)) return refuse(response, 403, explainRefusal(host));
    if (!isPath(request.url)) return refuse(response, 400, 'The path of the request is invalid.');
    for (const listener of others) listener.call(httpServer, request, response);
  });
  httpServer.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const { host, origin } = request.headers;
    // The next handler finds the connection closed.
    if (!answers(host) || !isOwnOrigin(origin, answers)) socket.destroy();
  });
}

function isPath(url: string | undefined): boolean {
  try {
    return url?.startsWith('/') === true && !decodeURIComponent(url.split(/[?#]/)[0]!).includes('\0');
  } catch {
    return false;
  }
}

/** What lies beside the pages in dist/ comes from the folders where the pipeline keeps it. */
function serveFiles(
  server: ViteDevServer,
  { dataDir, assetsDir, checkAsset }: DevPluginOptions,
  rebuilder: Rebuilder,
): void {
  /** Made when they are asked for. */
  const scripts: Readonly<Record<string, () => Promise<string | undefined>>> = {
    [`/assets/${DEV_NAMES.script}`]: siteScript,
    [`/assets/${DEV_NAMES.search}`]: () => bundledScript('search'),
    [`/assets/${DEV_NAMES.viewer}`]: () => bundledScript('viewer'),
    [`/assets/${DEV_NAMES.viewerStyle}`]: viewerSheet,
    [`/assets/${DEV_NAMES.compare}`]: () => bundledScript('compare'),
    [`/${SEARCH_DATA.join('/')}`]: async () => searchScript(await collectSearchData(new SiteData(dataDir))),
  };
  const mayServe = async (file: string): Promise<boolean> => {
    if (!checkAsset || dirname(file) !== assetsDir) return true;
    const state = await checkAsset(basename(file));
    if (state === 'damaged') rebuilder.change(file);
    return state === 'sound';
  };
  server.middlewares.use((request, response, next) => {
    const [path, query] = (request.url ?? '/').split('?', 2) as [string, string | undefined];
    // Links name index.html because they must work from disk; pages are found by their folders.
    if (path.endsWith('/index.html')) {
      request.url = path.slice(0, -'index.html'.length) + (query === undefined ? '' : `?${query}`);
      return next();
    }
    const script = scripts[path] ?? viewerData(path, dataDir);
    if (script) {
      script().then((text) => {
        if (text === undefined) return next();
        const type = path.endsWith('.css') ? 'text/css' : 'text/javascript';
        response.setHeader('content-type', `${type}; charset=utf-8`);
        response.setHeader('cache-control', 'no-cache');
        response.end(text);
      }, next);
      return;
    }
    const file = fileFor(path, dataDir, assetsDir);
    if (file === undefined) return next();
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    mayServe(file)
      .then((may) => may && sendFile(request, response, file))
      .then((sent) => {
        if (!sent) next();
      }, next);
  });
}

/** Each page is rendered when it is asked for. Comes behind the files; Vite's own addresses begin with `/@`. */
function servePages(server: ViteDevServer, { pages, log }: DevPluginOptions): void {
  server.middlewares.use((request, response, next) => {
    const [path, query] = (request.url ?? '/').split('?', 2) as [string, string | undefined];
    if (path.startsWith('/@') || (request.method !== 'GET' && request.method !== 'HEAD')) return next();
    const folders = path.split('/').slice(1).map(decodeURIComponent);
    // A folder without its slash: relative links on its page would miss.
    const isFolder = folders.at(-1) === '';
    if (isFolder) folders.pop();
    pages.renderPage(folders).then(
      ({ html, isFound }) => {
        if (isFound && !isFolder) {
          const to = `./${path.slice(path.lastIndexOf('/') + 1)}/`;
          response.writeHead(301, { Location: query === undefined ? to : `${to}?${query}` }).end();
          return;
        }
        const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' };
        response.writeHead(isFound ? 200 : 404, headers).end(withClients(html));
      },
      (error: unknown) => {
        const { message, stack = message } = error as Error;
        log.error(stack);
        refuse(response, 500, `The page could not be rendered: ${message}`);
      },
    );
  });
}

/** Vite's script and ours. */
const withClients = (html: string): string =>
  html.replace('</head>', (end) => ['/@vite/client', CLIENT].map(moduleScript).join('') + end);

const moduleScript = (src: string): string => `<script type="module" src="${src}"></script>`;

/** What the viewer gets of a report; undefined for other paths. */
function viewerData(path: string, dataDir: string): (() => Promise<string | undefined>) | undefined {
  const [, encoded] = /^[/]([^/@]+)[/]viewer[/].+[.]js$/.exec(path) ?? [];
  if (encoded === undefined) return undefined;
  return async () => {
    const data = new SiteData(dataDir);
    const id = decodeURIComponent(encoded);
    const report = (await data.readyReports()).find(({ experiment }) => experiment.id === id);
    if (!report) return undefined;
    for (const { scripts } of viewerParts(report))
      for await (const { path: parts, text } of scripts(data, report))
        if (`/${parts.map(encodeURIComponent).join('/')}` === path) return text;
    return undefined;
  };
}

function fileFor(path: string, dataDir: string, assetsDir: string): string | undefined {
  if (path.startsWith('/assets/')) {
    const name = path.slice('/assets/'.length);
    return sourceFile(name) ?? fileBelow(assetsDir, name);
  }
  const isData = /^\/[^/@][^/]*\/(?:report\.json|panels\/[^/]+\.json)$/.test(path);
  return isData ? fileBelow(dataDir, path.slice(1)) : undefined;
}
