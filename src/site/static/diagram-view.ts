/** A diagram that is wider than the screen shows the layer that its page is about. */
for (const scroll of document.querySelectorAll('.diagram .scroll')) {
  const current = scroll.querySelector('[aria-current]')?.getBoundingClientRect();
  const box = scroll.getBoundingClientRect();
  if (current) scroll.scrollLeft += current.left + current.width / 2 - (box.left + box.width / 2);
}

export {};
