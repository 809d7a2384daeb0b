import { describe, expect, it } from 'vitest';
import { attributes, html } from '../../src/site/html.ts';

const MARKUP = `"><script>alert('&')</script>`;
const ESCAPED = '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;';

describe('html', () => {
  it('escapes what is filled in, and leaves what it made itself', () => {
    expect(String(html`<b>${MARKUP}</b>`)).toBe(`<b>${ESCAPED}</b>`);
    expect(String(html`<p>${[html`<b>1</b>`, '<', 2]}${null}${undefined}${false}${0}</p>`)).toBe(
      '<p><b>1</b>&lt;20</p>',
    );
  });

  it('writes attributes, without those that are undefined', () => {
    const written = attributes({ href: undefined, title: MARKUP, width: 0, alt: '' });
    expect(String(written)).toBe(` title="${ESCAPED}" width="0" alt=""`);
    expect(String(html`<b${written}>1</b>`)).toBe(`<b title="${ESCAPED}" width="0" alt="">1</b>`);
  });
});
