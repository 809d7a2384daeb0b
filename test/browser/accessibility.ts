import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Smallest side of what is clicked, in CSS pixels (WCAG 2.5.8). */
const LEAST_TARGET = 24;

/** What axe-core finds wrong, as `rule: element`; every rule counts, those that are only good practice too. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document, {
      rules: { 'target-size': { enabled: true } },
      resultTypes: ['violations'],
    }),
  );
  return violations.flatMap(({ id, nodes }) => {
    const [first] = nodes;
    const more = nodes.length > 1 ? ` and ${nodes.length - 1} more` : '';
    return `${id}: ${first!.target.join(' ')}${more}: ${first!.html.slice(0, 160)} ${first!.failureSummary?.replaceAll(/\s+/g, ' ').slice(0, 240)}`;
  });
}

/** What axe-core has no rule for, and the number of tab stops. Runs in the page. */
export function inspectAccess(page: Page): Promise<{ stops: number; problems: string[] }> {
  return page.evaluate((least) => {
    const PART = 'section, article, nav, header, footer';
    const isShown = (element: Element): boolean => element.checkVisibility({ visibilityProperty: true });
    const all = [
      ...document.querySelectorAll<HTMLElement>('a[href], button, input, select, summary, [tabindex]'),
    ].filter(isShown);
    const stops = all.filter((element) => element.tabIndex >= 0 && !element.matches(':disabled'));
    const problems: string[] = [];
    const name = (element: Element): string =>
      `${element.textContent?.trim().replaceAll(/\s+/g, ' ').slice(0, 60)} ${element.querySelector('img')?.alt.slice(0, 60) ?? ''}`;
    let before: Element | undefined;
    for (const link of stops) {
      const href = link.getAttribute('href');
      const isBeside = link.closest(PART) === before?.closest(PART);
      if (href !== null && href === before?.getAttribute('href') && isBeside)
        problems.push(`two links to ${href} beside each other: ${name(link)}`);
      before = link;
    }
    for (const link of stops) {
      const style = getComputedStyle(link);
      // Links in a line of text may be as high as the line.
      if (style.display === 'inline' && !(link instanceof SVGElement)) continue;
      const { width, height } = link.getBoundingClientRect();
      if (width > 1 && (width < least - 0.01 || height < least - 0.01) && !(link instanceof SVGElement))
        problems.push(
          `${link.tagName} of ${Math.round(width)} x ${Math.round(height)} pixels: ${name(link)}`,
        );
    }
    let level = 0;
    for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
      if (!isShown(heading)) continue;
      const own = Number(heading.tagName[1]);
      if (own > level + 1) problems.push(`h${own} after h${level}: ${heading.textContent}`);
      level = own;
    }
    return { stops: stops.length, problems };
  }, LEAST_TARGET);
}
