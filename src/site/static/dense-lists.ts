/** Names the panels of lists with little markup (dense-grid.ts), as other lists do: by what they share, and the filter that each leads to. */
for (const list of document.querySelectorAll<HTMLElement>('[data-each]')) {
  const [before, after] = list.dataset['each']!.split('*');
  for (const item of list.children) {
    const filter = Number.parseInt(item.querySelector('a')!.getAttribute('href')!, 10);
    (item as HTMLElement).dataset['p'] = `${before}${filter}${after}`;
  }
}
