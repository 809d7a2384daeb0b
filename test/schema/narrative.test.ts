import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/errors.ts';
import { parseNarrative } from '../../src/schema/narrative.ts';

const views = ['first-layer', 'last-layer'];

const blocksOf = (text: string) => {
  const { narrative, problems } = parseNarrative({ text, shownFile: 'content/a.md', views });
  expect(problems).toEqual([]);
  return narrative.blocks;
};

const complain = (text: string) =>
  parseNarrative({ text, shownFile: 'content/a.md', views }).problems.map(formatProblem).join('\n\n');

const htmlOf = (text: string) =>
  parseNarrative({ text, shownFile: 'content/a.md', views })
    .narrative.blocks.map((block) => (block.kind === 'html' ? block.html : ''))
    .join('');

describe('a narrative', () => {
  it('links to units, whose place it keeps', () => {
    const text = 'See\n[one](unit:conv1/3), [two](<unit:block/Conv 2/04>) and [one](unit:conv1).';
    const { narrative, problems } = parseNarrative({ text, shownFile: 'content/a.md', views });
    expect(problems.map(formatProblem)).toEqual([
      'content/a.md:2:62: `unit:conv1` names no unit.\n  Write the layer and the number of the filter: `unit:conv3/12`.',
    ]);
    expect(narrative.units).toEqual([
      { layer: 'conv1', filter: 3, place: { file: 'content/a.md', line: 2, column: 7 } },
      { layer: 'block/Conv 2', filter: 4, place: { file: 'content/a.md', line: 2, column: 29 } },
    ]);
    expect(htmlOf(text)).toMatch(
      /<a href="layers\/conv1\/3\/index\.html">one<\/a>, <a href="layers\/block-conv-2~[0-9a-f]{8}\/4\/index\.html">/,
    );
  });

  it('is text with figures between', () => {
    const text = `---
description: What a network sees.
---
# Cats

Some *text* with a [link to a figure](view:last-layer).

![Edges & *colours*, \`x\`](view:first-layer)
![](view:last-layer)

More [below](#cats), [elsewhere](https://example.org/?a=1&b=2).
`;
    const { narrative, problems } = parseNarrative({ text, shownFile: 'content/a.md', views });
    expect(problems).toEqual([]);
    expect(narrative).toEqual({
      description: 'What a network sees.',
      blocks: [
        {
          kind: 'html',
          html:
            '<h2 id="text-cats">Cats</h2>\n' +
            '<p>Some <em>text</em> with a <a href="views/last-layer/index.html">link to a figure</a>.</p>\n',
        },
        { kind: 'figure', view: 'first-layer', caption: 'Edges & colours, x' },
        { kind: 'figure', view: 'last-layer', caption: '' },
        {
          kind: 'html',
          html: '<p>More <a href="#text-cats">below</a>, <a href="https://example.org/?a=1&amp;b=2">elsewhere</a>.</p>\n',
        },
      ],
    });
  });

  it('may be empty', () => {
    expect(blocksOf('')).toEqual([]);
    expect(blocksOf('---\n---\n')).toEqual([]);
    expect(blocksOf('---\n# nothing here\n---\n')).toEqual([]);
  });

  it('keeps the h1 for the page and gives every heading its own id', () => {
    expect(htmlOf('# A\n## A\n###### B `c`\n\n- # D\n')).toMatchInlineSnapshot(`
      "<h2 id="text-a">A</h2>
      <h3 id="text-a-2">A</h3>
      <h6 id="text-b-c">B <code>c</code></h6>
      <ul>
      <li>
      <h2 id="text-d">D</h2>
      </li>
      </ul>
      "
    `);
  });

  it('has Windows line ends as well', () => {
    expect(blocksOf('---\r\ndescription: D\r\n---\r\ntext\r\n\r\n![c](view:first-layer)\r\n')).toEqual([
      { kind: 'html', html: '<p>text</p>\n' },
      { kind: 'figure', view: 'first-layer', caption: 'c' },
    ]);
  });
});

describe('problems of a narrative', () => {
  it('a figure that does not exist, with its line', () => {
    expect(complain('---\ndescription: D\n---\n\nText.\n\n![c](view:first-layer)\n![c](view:frist-layer)\n'))
      .toMatchInlineSnapshot(`
      "content/a.md:8:6: There is no view \`frist-layer\`.
        Did you mean \`first-layer\`?
        Valid: first-layer, last-layer"
    `);
  });

  it('a figure inside text, in a list and in a quotation', () => {
    expect(
      complain('Text ![c](view:first-layer) text\nand\n![c](view:last-layer)\n\n- ![c](view:first-layer)\n'),
    ).toMatchInlineSnapshot(`
      "content/a.md:1:6: The figure \`view:first-layer\` is inside other text.
        Put it on a separate line, without indentation, with an empty line before and after.

      content/a.md:3:1: The figure \`view:last-layer\` is inside other text.
        Put it on a separate line, without indentation, with an empty line before and after.

      content/a.md:5:3: The figure \`view:first-layer\` is inside other text.
        Put it on a separate line, without indentation, with an empty line before and after."
    `);
  });

  it('an image that is no figure', () => {
    expect(complain('![cat](cat.png)\n\nText ![x](https://example.org/x.png)\n')).toMatchInlineSnapshot(`
      "content/a.md:1:1: The image \`cat.png\` cannot be shown.
        A narrative shows the views of its report only.
        Show a view: \`![caption](view:id)\`.

      content/a.md:3:6: The image \`https://example.org/x.png\` cannot be shown.
        A narrative shows the views of its report only.
        Show a view: \`![caption](view:id)\`."
    `);
  });

  it('links to nowhere', () => {
    expect(
      complain(`# Cats

[a](view:last) [b](#dogs) [c](/index.html) [d]() [e](//example.org)
[f](javascript:alert(1)) [g](DATA:text/html,x) [h](&#106;avascript:x) <vbscript:x> [i](file:///etc/passwd)
[fine](../other/index.html) [fine](mailto:a@example.org) [fine](#cats)
`),
    ).toMatchInlineSnapshot(`
      "content/a.md:3:5: There is no view \`last\`.
        Valid: first-layer, last-layer

      content/a.md:3:20: There is no heading \`dogs\` in this text.
        Valid: cats

      content/a.md:3:31: A link cannot lead to \`/index.html\`.
        Reports work in any folder, so links are full addresses or relative.
        To link to a view or a unit, write \`view:id\` or \`unit:layer/filter\`.

      content/a.md:3:46: A link has no address.
        Write the address between the parentheses.

      content/a.md:3:54: A link cannot lead to \`//example.org\`.
        Reports work in any folder, so links are full addresses or relative.
        To link to a view or a unit, write \`view:id\` or \`unit:layer/filter\`.

      content/a.md:4:5: A link cannot lead to \`javascript:alert(1)\`.
        Links begin with \`https:\`, \`http:\` or \`mailto:\`, or are relative.
        To link to a view or a unit, write \`view:id\` or \`unit:layer/filter\`.

      content/a.md:4:30: A link cannot lead to \`DATA:text/html,x\`.
        Links begin with \`https:\`, \`http:\` or \`mailto:\`, or are relative.
        To link to a view or a unit, write \`view:id\` or \`unit:layer/filter\`.

      content/a.md:4:1: A link cannot lead to \`javascript:x\`.
        Links begin with \`https:\`, \`http:\` or \`mailto:\`, or are relative.
        To link to a view or a unit, write \`view:id\` or \`unit:layer/filter\`.

      content/a.md:4:72: A link cannot lead to \`vbscript:x\`.
        Links begin with \`https:\`, \`http:\` or \`mailto:\`, or are relative.
        To link to a view or a unit, write \`view:id\` or \`unit:layer/filter\`.

      content/a.md:4:88: A link cannot lead to \`file:///etc/passwd\`.
        Links begin with \`https:\`, \`http:\` or \`mailto:\`, or are relative.
        To link to a view or a unit, write \`view:id\` or \`unit:layer/filter\`."
    `);
  });

  it('front matter with wrong keys', () => {
    expect(complain('---\ntitle: A\ndescripton: B\n---\n')).toMatchInlineSnapshot(`
      "content/a.md:2:1: \`title\` is not a key of front matter.
        Write the title in the experiment file.
        Valid: description, group, order

      content/a.md:3:1: \`descripton\` is not a key of front matter.
        Did you mean \`description\`?
        Valid: description, group, order"
    `);
  });

  it('front matter with wrong values', () => {
    expect(complain('---\ndescription: [a]\n---\n')).toMatchInlineSnapshot(
      `"content/a.md:2:14: \`description\` must be a text, not a list."`,
    );
    expect(complain('---\njust text\n---\n')).toMatchInlineSnapshot(
      `"content/a.md:2:1: Front matter must be a group of keys, not the text \`just text\`."`,
    );
  });

  it('front matter that is no YAML, with its line', () => {
    expect(complain('---\n\ndescription: a: b\n---\n')).toMatchInlineSnapshot(`
      "content/a.md:3:14: A colon follows where a value is expected.
        Either the text contains a colon, or the line below is indented further than its neighbours.
        Put a text with a colon in quotes: \`title: "Cats: a study"\`."
    `);
  });

  it.each(['js', 'javascript', ' js', 'coffee', 'json', 'toml', 'JS'])(
    'front matter in %s, which is never run',
    (language) => {
      const canary = globalThis as { canary?: boolean };
      const said = complain(`---${language}\n(globalThis.canary = true, {description: "x"})\n---\nText\n`);
      expect(canary.canary).toBeUndefined();
      expect(said).toContain(`content/a.md:1:4: Front matter cannot be \`${language.trim()}\`.`);
    },
  );
});

describe('what a narrative cannot do', () => {
  it('bring its own markup', () => {
    expect(
      htmlOf(
        '<script>alert(1)</script>\n\nText <img src=x onerror=alert(1)> <b>bold</b>\n\n[x](https://a.b/"onclick="x)\n',
      ),
    ).toMatchInlineSnapshot(`
      "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>
      <p>Text &lt;img src=x onerror=alert(1)&gt; &lt;b&gt;bold&lt;/b&gt;</p>
      <p><a href="https://a.b/%22onclick=%22x">x</a></p>
      "
    `);
  });

  it('bring scripts in links, whether refused aloud or not', () => {
    const html = htmlOf(
      '[a](javascript:x) [b](java&#9;script:x) [c](&#1;javascript:x) [d](\\javascript:x)\n',
    );
    expect(html).not.toMatch(/href="\s*javascript:/i);
  });

  it('bring markup by captions', () => {
    expect(blocksOf('![<b>&lt;i&gt;](view:first-layer)')).toEqual([
      { kind: 'figure', view: 'first-layer', caption: '<b><i>' },
    ]);
  });
});
