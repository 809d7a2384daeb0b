/** Lists of contents mark the part of the page that is read. */
function markContents(contents: Element): void {
  const parts = [...contents.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')].flatMap((link) => {
    const part = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    return part ? [{ part, link }] : [];
  });
  const first = parts[0];
  if (!first || parts.length < 2) return;
  const mark = (): void => {
    const begun = parts.filter(({ part }) => part.getBoundingClientRect().top < innerHeight / 3);
    const current = begun.at(-1) ?? first;
    for (const { link } of parts) {
      if (link === current.link) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  };
  // Called when a part begins or ends to be in the upper third.
  const observer = new IntersectionObserver(mark, { rootMargin: '0px 0px -66% 0px' });
  for (const { part } of parts) observer.observe(part);
}

for (const contents of document.querySelectorAll('.toc')) markContents(contents);

export {};
