/**
 * Lists of many links (`data-roving`) are one stop of the tab key: arrow keys, Home and End lead from link to link in them. Without scripts every
 * link is a stop.
 */
type Link = HTMLAnchorElement | SVGAElement;

/** Of a list that is shown, in the order in which it is shown. */
function linksOf(list: Element): Link[] {
  const links = [...list.querySelectorAll<Link>('a[href]')];
  return links.filter((link) => link.checkVisibility());
}

/** Makes a list one stop; again whenever its links were ordered or hidden. */
export function rove(list: Element): void {
  const links = linksOf(list);
  const current = links.find((link) => link.tabIndex === 0 && link.hasAttribute('tabindex'));
  const marked = links.find((link) => link.getAttribute('aria-current') === 'page');
  const stop = current ?? marked ?? links[0];
  for (const link of list.querySelectorAll<Link>('a[href]'))
    link.setAttribute('tabindex', link === stop ? '0' : '-1');
}

/** The nearest link of the next row in a direction. */
function inNextRow(links: readonly Link[], from: Link, direction: 1 | -1): Link | undefined {
  const { top, bottom, left, right } = from.getBoundingClientRect();
  const middle = (left + right) / 2;
  let best: { link: Link; row: number; aside: number } | undefined;
  for (const link of links) {
    const box = link.getBoundingClientRect();
    const row = direction > 0 ? box.top - bottom : top - box.bottom;
    // Neighbours of one row need not be equally high.
    if (row < -Math.min(box.height, bottom - top) / 2) continue;
    const aside = Math.abs((box.left + box.right) / 2 - middle);
    const near = best === undefined ? -1 : row - best.row;
    if (!best || near < -4 || (near < 4 && aside < best.aside)) best = { link, row, aside };
  }
  return best?.link;
}

function target(links: readonly Link[], from: Link, key: string): Link | undefined {
  const at = links.indexOf(from);
  switch (key) {
    case 'ArrowRight':
      return links[at + 1];
    case 'ArrowLeft':
      return links[at - 1];
    case 'ArrowDown':
      return inNextRow(links, from, 1);
    case 'ArrowUp':
      return inNextRow(links, from, -1);
    case 'Home':
      return links[0];
    case 'End':
      return links.at(-1);
    default:
      return undefined;
  }
}

const KEYS = new Set(['ArrowRight', 'ArrowLeft', 'ArrowDown', 'ArrowUp', 'Home', 'End']);

function listen(list: HTMLElement | SVGElement): void {
  rove(list);
  list.addEventListener('focusin', ({ target: link }) => {
    if (!(link instanceof Element) || !link.matches('a[href]')) return;
    for (const each of list.querySelectorAll('a[tabindex="0"]')) each.setAttribute('tabindex', '-1');
    link.setAttribute('tabindex', '0');
  });
  list.addEventListener('keydown', (event) => {
    const { key, target: link, altKey, ctrlKey, metaKey, shiftKey } = event as KeyboardEvent;
    if (event.defaultPrevented || altKey || ctrlKey || metaKey || shiftKey || !KEYS.has(key)) return;
    if (!(link instanceof Element) || !link.matches('a[href]')) return;
    // Also at the ends: an arrow key must not turn the page there.
    event.preventDefault();
    target(linksOf(list), link as Link, key)?.focus();
  });
}

for (const list of document.querySelectorAll<HTMLElement | SVGElement>('[data-roving]')) listen(list);
