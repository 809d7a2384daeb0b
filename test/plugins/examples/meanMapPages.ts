import { definePresentation, html } from 'filterscope';

export const meanMapPages = definePresentation({
  technique: 'mean-map',
  noun: 'Mean map',
  howToRead: () => 'Bright places activate many filters.',
  note: ({ facts }) => `${String(facts!['filters'])} filters`,
  html: {
    notes: ({ view }) => html`<p>${view.panelCount} maps</p>`,
  },
});
