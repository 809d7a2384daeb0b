import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findOverflow, inspectPage } from './inspect.ts';

export interface Walk {
  /** Pages seen, relative to the start's folder, sorted. */
  readonly pages: readonly string[];
  /** Other files that links lead to. */
  readonly files: readonly string[];
  /** `page: what is wrong`, sorted; empty for a sound site. */
  readonly problems: readonly string[];
}

export interface WalkOptions {
  /** Widths of the window, in CSS pixels, at which nothing may scroll sideways. */
  readonly widths?: readonly number[];
  readonly javaScript?: boolean;
  readonly tabs?: number;
  /** Of pages beside each other (`a/1/index.html`, `a/2/index.html`, …) only so many are opened; links to all are tried. */
  readonly siblings?: number;
  /** Whether every page must name in its head, first of all, what it may load. */
  readonly policy?: boolean;
}

/**
 * Opens every page that can be reached by links from `<base>index.html` and says what is broken.
 * @param base http: or file: URL of the site's folder, ending with a slash
 */
export async function walkSite(
  browser: Browser,
  base: string,
  {
    widths = [390, 1280],
    javaScript = true,
    tabs = 2,
    siblings = Infinity,
    policy = false,
  }: WalkOptions = {},
): Promise<Walk> {
  const problems = new Set<string>();
  const ids = new Map<string, ReadonlySet<string>>();
  const files = new Set<string>();
  const anchors: { page: string; target: string; id: string }[] = [];
  const queue = ['index.html'];
  const known = new Set(queue);
  const opened = new Map<string, number>();

  const follow = async (context: BrowserContext, page: string, href: string): Promise<void> => {
    if (!URL.canParse(href)) {
      problems.add(`${page}: the link ${href} is none`);
      return;
    }
    const url = new URL(href);
    if (!/^(https?|file):$/.test(url.protocol)) return;
    if (!isInside(url.href, base)) {
      if (isBeside(url, base)) problems.add(`${page}: the link ${url.href} leaves the site`);
      return;
    }
    const target = nameOf(url, base);
    if (url.hash.length > 1) {
      anchors.push({ page, target, id: decodeURIComponent(url.hash.slice(1)) });
    }
    if (known.has(target)) return;
    known.add(target);
    if (!(await exists(context, new URL(target, base)))) problems.add(`${page}: nothing at ${target}`);
    else if (!target.endsWith('.html')) files.add(target);
    else {
      const parent = posix.dirname(posix.dirname(target));
      const beside = opened.get(parent) ?? 0;
      opened.set(parent, beside + 1);
      if (beside < siblings) queue.push(target);
    }
  };

  const visit = async (context: BrowserContext, tab: Page, page: string): Promise<void> => {
    const complain = (what: string) => problems.add(`${page}: ${what}`);
    const stop = listen(tab, base, complain);
    try {
      await tab.goto(new URL(page, base).href, { waitUntil: 'load' });
      const seen = await inspectPage(tab);
      // There and back, page by page: each change of the width lays everything out anew.
      for (const width of tab.viewportSize()?.width === widths[0] ? widths : widths.toReversed()) {
        if (tab.viewportSize()?.width !== width) await tab.setViewportSize({ width, height: 800 });
        for (const wide of await findOverflow(tab)) complain(`scrolls sideways at ${width} px: ${wide}`);
      }
      for (const picture of seen.brokenPictures)
        complain(`broken picture ${nameOf(new URL(picture, base), base)}`);
      for (const picture of seen.barePictures) complain(`picture ${picture.replace(base, '')}`);
      if (!seen.title.trim()) complain('has no title');
      if (policy && !seen.policy.startsWith("default-src 'none'; "))
        complain('does not say what it may load');
      if (!seen.language) complain('does not name its language');
      const twice = seen.ids.find((id, index) => seen.ids.indexOf(id) !== index);
      if (twice !== undefined) complain(`has the id ${twice} twice`);
      ids.set(page, new Set(seen.ids));
      for (const link of new Set(seen.links)) await follow(context, page, link);
    } catch (error) {
      complain(`cannot be opened: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    } finally {
      stop();
    }
  };

  const viewport = { width: widths[0] ?? 1280, height: 800 };
  const context = await browser.newContext({ javaScriptEnabled: javaScript, viewport });
  try {
    let busy = 0;
    await Promise.all(
      Array.from({ length: tabs }, async () => {
        const tab = await context.newPage();
        for (;;) {
          const page = queue.shift();
          if (page !== undefined) {
            busy += 1;
            await visit(context, tab, page);
            busy -= 1;
          } else if (busy === 0) return;
          else await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }),
    );
  } finally {
    await context.close();
  }
  for (const { page, target, id } of anchors) {
    const there = ids.get(target);
    if (there && !there.has(id)) problems.add(`${page}: no #${id} in ${target}`);
  }
  return { pages: [...ids.keys()].sort(), files: [...files].sort(), problems: [...problems].sort() };
}

/** Hears of everything that goes wrong while a page is open. @returns a function that stops it */
function listen(tab: Page, base: string, complain: (what: string) => void): () => void {
  const short = (url: string) => (isInside(url, base) ? nameOf(new URL(url), base) : url);
  const onConsole = (message: { type(): string; text(): string }) => {
    // The failed request itself is named below, this says no more than that there was one.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complain(`console error: ${message.text()}`);
    }
  };
  const onPageError = (error: Error) => complain(`script error: ${error.message}`);
  const onFailed = (request: { url(): string; failure(): { errorText: string } | null }) => {
    const reason = request.failure()?.errorText ?? 'no reason given';
    // Chromium gives up reading what the server said is not there: the response has been named already.
    if (reason !== 'net::ERR_ABORTED') complain(`request failed: ${short(request.url())} (${reason})`);
  };
  const onResponse = (response: { url(): string; status(): number }) => {
    if (response.status() >= 400) complain(`request failed: ${short(response.url())} (${response.status()})`);
  };
  const onRequest = (request: { url(): string }) => {
    const url = request.url();
    if (!/^(data|blob):/.test(url) && !isInside(url, base)) complain(`asks for ${url}, outside the site`);
  };
  tab.on('console', onConsole);
  tab.on('pageerror', onPageError);
  tab.on('requestfailed', onFailed);
  tab.on('response', onResponse);
  tab.on('request', onRequest);
  return () => {
    tab.off('console', onConsole);
    tab.off('pageerror', onPageError);
    tab.off('requestfailed', onFailed);
    tab.off('response', onResponse);
    tab.off('request', onRequest);
  };
}

const isInside = (url: string, base: string): boolean => url.startsWith(base);

/** On the same server or disk as the site, but not in it: a link that works only where the site was built. */
function isBeside(url: URL, base: string): boolean {
  const { protocol, host } = new URL(base);
  return url.protocol === protocol && url.host === host;
}

/** `a/index.html` for `<base>a/index.html?x#y`. */
const nameOf = (url: URL, base: string): string =>
  isInside(url.href, base) ? decodeURIComponent(url.pathname.slice(new URL(base).pathname.length)) : url.href;

async function exists(context: BrowserContext, url: URL): Promise<boolean> {
  if (url.protocol === 'file:') {
    return (await stat(fileURLToPath(url)).catch(() => undefined))?.isFile() === true;
  }
  return (await context.request.head(url.href)).ok();
}
