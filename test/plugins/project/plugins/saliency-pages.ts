import { definePresentation, html, type Panel } from 'filterscope';

interface Facts {
  readonly activation: number;
  readonly share: number;
}

const factsOf = ({ facts }: Panel): Facts => facts as unknown as Facts;
const activation = (panel: Panel): number => factsOf(panel).activation;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const saliencyPages = definePresentation({
  technique: 'saliency',
  noun: 'Saliency map',
  howToRead: () => 'Bright pixels change the activation of the unit most.',
  note: (panel) => `${percent(factsOf(panel).share)} of the pixels`,
  measured: (panel) => `mean activation ${activation(panel).toFixed(3)}`,
  html: {
    notes: ({ view }) =>
      html`<p style="max-width: 40em">
        ${view.panelCount} maps, by <em>gradient</em>. On average ${percent(Number(view.facts!['meanShare']))}
        of the pixels.
      </p>`,
    unit: ({ panels, page }) => {
      const strongest = panels.reduce((one, other) => (activation(other) > activation(one) ? other : one));
      return html`<p class="saliency">
        Most active on <a href="${page.image(strongest.image!)}">${strongest.label}</a>:
        ${activation(strongest).toFixed(3)}
      </p>`;
    },
  },
});
