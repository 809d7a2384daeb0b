import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  finishPage,
  keepDirectionMarks,
  moveStyles,
  POLICY_PLACE,
  withoutSpaces,
} from '../../src/site/finish-page.ts';

const document = (body: string) =>
  `<html><head>${POLICY_PLACE}<title>A</title></head><body>${body}</body></html>`;

describe('moveStyles', () => {
  it('makes one class of each style, in order, beside the classes that are there', () => {
    const { html, css } = moveStyles(
      '<p style="top:1px">a</p><p class="b c" style="left:2px" hidden>b</p><img alt="" style="top:1px"/>',
    );
    expect(html).toBe('<p class="s0">a</p><p class="b c s1" hidden>b</p><img class="s0" alt=""/>');
    expect(css).toBe('.s0{top:1px}.s1{left:2px}');
  });

  it('shares declarations that mean the same in any order, and keeps others together', () => {
    const { html, css } = moveStyles(
      '<i style="width:800%;left:-100%;top:0%"></i><i style="width:800%;left:-200%;top:0%"></i><i style="inset:0;left:1px"></i><i style="top:0%;top:1px"></i>',
    );
    expect(html).toBe('<i class="s0 s1 s2"></i><i class="s0 s3 s2"></i><i class="s4"></i><i class="s5"></i>');
    expect(css).toBe(
      '.s0{width:800%}.s1{left:-100%}.s2{top:0%}.s3{left:-200%}.s4{inset:0;left:1px}.s5{top:0%;top:1px}',
    );
  });

  it('is not taken in by what values and texts hold', () => {
    for (const html of [
      '<p>style=&quot;top:1px&quot; &lt;p style=</p>',
      '<img alt="a style=" src="b">',
      '<img alt="<p style=&quot;top:1px&quot;>" title=\'x\'>',
      '<a data-style="top:1px" href="x">style="top:1px"</a>',
      '<!-- <p style="top:1px"> -->'.replace('<p', '< p'),
    ]) {
      expect(moveStyles(html)).toEqual({ html, css: '' });
    }
    expect(moveStyles('<img alt="x style=" style="top:1px" title=" style=">').html).toBe(
      '<img class="s0" alt="x style=" title=" style=">',
    );
  });

  it('moves nothing that could leave its rule', () => {
    for (const style of ['a}b{c:d', '</style><script>alert(1)</script>']) {
      const html = `<p style="${style}">a</p>`;
      expect(moveStyles(html)).toEqual({ html, css: '' });
    }
  });
});

describe('withoutSpaces', () => {
  it('drops what shows nothing, and keeps what parts words', () => {
    expect(
      withoutSpaces(
        '<ul> <li> <a href="x">  <b>a</b>  <i>b</i> c\n\td </a> </li>\n <li class="e"> f </li> </ul>',
      ),
    ).toBe('<ul><li><a href="x"> <b>a</b> <i>b</i> c d </a></li><li class="e">f</li></ul>');
  });

  it('leaves preformatted text and values of attributes alone', () => {
    const html = '<pre class="source">\n  a:  1 <li> b\n</pre><img alt="a  <li>  > b"><p>&lt;li&gt;  </p>';
    expect(withoutSpaces(html)).toBe(html.replace('  </p>', '</p>'));
  });
});

describe('finishPage', () => {
  it('permits exactly the sheet that it makes', () => {
    const page = finishPage(document('<p style="top:1px">$& $1</p>'), { dev: false });
    const css = /<style>(.*)<\/style><title>/.exec(page)![1]!;
    expect(css).toBe('.s0{top:1px}');
    expect(page).toContain(`'sha256-${createHash('sha256').update(css).digest('base64')}'`);
    expect(page).not.toContain('unsafe');
    expect(page).toContain('$& $1');
  });

  it('needs no sheet where there are no styles', () => {
    const page = finishPage(document('<p>a</p>'), { dev: false });
    expect(page).not.toContain('<style>');
    expect(page).toContain("style-src 'self' file:; ");
  });

  it('lets the dev server bring its styles and listen for changes, and run no script in the page', () => {
    const page = finishPage(document('<p style="top:1px">a</p>'), { dev: true });
    expect(page).toContain('<p style="top:1px">');
    expect(page).toContain("script-src 'self' file:; style-src 'self' file: 'unsafe-inline';");
    expect(page).toContain("connect-src 'self';");
  });

  it('keeps the direction marks of a narrative, and no other controls', () => {
    const html = keepDirectionMarks('<p>C++\u200e \u200f\u061c\u202e</p>');
    expect(finishPage(html, { dev: false })).toBe('<p>C++&#x200e; &#x200f;&#x61c;\\u202e</p>');
  });

  it('is not led astray by a text in front', () => {
    const text = `</head>${POLICY_PLACE}<head>`;
    const head = `<head>${POLICY_PLACE}<meta content="${text}"></head>`;
    const page = finishPage(`${head}<p style="top:1px">a</p>`, { dev: false });
    expect(page).toContain(`</style><meta content="${text}"></head>`);
  });

  it('writes out what acts on text', () => {
    expect(finishPage(document('<p title="\u202e">\u001b[31m</p>'), { dev: false })).toContain(
      '<p title="\\u202e">\\u001b[31m</p>',
    );
  });
});
