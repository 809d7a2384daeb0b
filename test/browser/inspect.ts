import type { Page } from 'playwright-core';

/** What a page says about itself once all its images are loaded. URLs are absolute. */
export interface Inspection {
  readonly title: string;
  /** The policy that comes before anything is loaded; empty where there is none. */
  readonly policy: string;
  readonly language: string;
  readonly ids: readonly string[];
  readonly links: readonly string[];
  readonly brokenPictures: readonly string[];
  /** Images without alt, width or height, with what they lack. */
  readonly barePictures: readonly string[];
}

/** Runs in the page: loads what waits for scrolling, then looks. */
export function inspectPage(page: Page): Promise<Inspection> {
  return page.evaluate(async () => {
    const pictures = [...document.images];
    for (const picture of pictures) picture.loading = 'eager';
    const brokenPictures: string[] = [];
    await Promise.all(
      pictures.map(async (picture) => {
        if (!picture.complete) {
          await new Promise((resolve) => {
            picture.addEventListener('load', resolve);
            picture.addEventListener('error', resolve);
          });
        }
        if (picture.naturalWidth === 0)
          brokenPictures.push(picture.currentSrc || picture.outerHTML.slice(0, 120));
      }),
    );
    const barePictures = pictures.flatMap((picture) => {
      const lacks = ['alt', 'width', 'height'].filter((name) => !picture.hasAttribute(name));
      return lacks.length
        ? [`${picture.currentSrc || picture.outerHTML.slice(0, 120)} lacks ${lacks.join(', ')}`]
        : [];
    });
    // Links in drawings too: there `href` is an object, the attribute is text everywhere.
    const links = [...document.querySelectorAll('a[href], area[href]')].map(
      (link) => link.getAttribute('href') ?? '',
    );
    return {
      title: document.title,
      policy:
        document.head.querySelector<HTMLMetaElement>(
          ':scope > meta[charset] + meta[http-equiv=Content-Security-Policy]:nth-child(2)',
        )?.content ?? '',
      language: document.documentElement.lang,
      ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
      links: links.map((href) =>
        URL.canParse(href, document.baseURI) ? new URL(href, document.baseURI).href : href,
      ),
      brokenPictures,
      barePictures,
    };
  });
}

/** Elements that make the page wider than its window, as `main > table.layers`; empty where nothing does. */
export function findOverflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const scrolls = (element: Element | null): boolean =>
      element !== null &&
      element !== document.body &&
      (getComputedStyle(element).overflowX !== 'visible' || scrolls(element.parentElement));
    const name = (element: Element): string =>
      element.tagName.toLowerCase() + [...element.classList].map((each) => `.${each}`).join('');
    const wide = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > width + 0.5 && !scrolls(element.parentElement),
    );
    const outermost = wide.filter((element) => !wide.includes(element.parentElement as Element));
    const path = (element: Element) =>
      `${element.parentElement ? `${name(element.parentElement)} > ` : ''}${name(element)}`;
    return outermost.length ? outermost.slice(0, 3).map(path) : ['the page itself'];
  });
}
