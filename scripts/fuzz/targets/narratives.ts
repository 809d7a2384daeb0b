import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../src/package-root.ts';
import { mutateBytes } from '../mutate-bytes.ts';
import { mutateText } from '../mutate-text.ts';
import type { Target } from '../target.ts';
import { expect } from '../target.ts';
import { readProject } from './text-files.ts';

const folder = join(packageRoot, 'content');

const EXPERIMENT = `title: A
model: {zoo: lenet}
views: [{id: one, technique: kernels}, {id: two, technique: kernels}]
`;

const ALL_FORMS = `---
description: A text.
group: Texts
order: 1
---
# One

Text with *emphasis*, **more**, \`code\`, a [link](view:one), a [heading](#one), ~~struck~~ and <https://example.org>.

![A figure](view:one)
![Another](view:two)

## One

1. a
   - b
     > c

| a | b |
|---|--:|
| c | d |

    code

\`\`\`js
fence
\`\`\`

Setext
======

[ref]: https://example.org "title"

See [ref], ![ref] and [ref][ref].\\
A line &amp; a break
`;

const SCRAPS = [
  ...[
    '#',
    '# a\n',
    '## a-2\n',
    '\n',
    '\n\n',
    '> ',
    '- ',
    '1. ',
    '* ',
    '    ',
    '\t',
    '|',
    '|-|-|\n',
    '---\n',
    '===\n',
    '***\n',
  ],
  ...[
    '*',
    '**',
    '_',
    '__',
    '~~',
    '`',
    '```\n',
    '~~~\n',
    '[',
    ']',
    '(',
    ')',
    '![',
    '](',
    '](view:one)',
    '](#one)',
    '<',
    '>',
    '\\',
  ],
  ...[
    '[a](view:one)',
    '![a](view:one)\n\n',
    '[a](javascript:b)',
    '[a]: b\n',
    '[ref]',
    '[ref]: <a> "b"\n',
    '[a](<b> "c")',
  ],
  ...[
    '<script>alert(1)</script>',
    '<!--',
    '<a href="',
    '&amp;',
    '&#0;',
    '&#x202e;',
    'https://example.org',
    '\u202e',
    '\u00a0',
    '🐈',
  ],
  ...[
    'description: ',
    'order: 1e300\n',
    '---json\n',
    '*a **b ',
    '> - ',
    '[a](',
    'a'.repeat(3000),
    '>'.repeat(300),
    '['.repeat(300),
  ],
];

/** The tags that Markdown makes. */
const TAGS =
  /<(?!\/?(?:h[2-6]|p|em|strong|s|a|code|pre|ul|ol|li|blockquote|table|thead|tbody|tr|th|td|hr|br)(?:>| (?:id|href|title|class|style|start)="))/;

/** Narratives beside an experiment with two views. */
export const narratives: Target = {
  name: 'narratives',
  async corpus() {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.md')).sort();
    const found = names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) }));
    return [{ name: 'all-forms.md', bytes: Buffer.from(ALL_FORMS) }, ...(await Promise.all(found))];
  },
  mutate({ bytes }, random, other) {
    if (random.below(8) === 0) return mutateBytes(bytes, random, other.bytes);
    const [text, more] = [bytes, other.bytes].map((each) => Buffer.from(each).toString()) as [string, string];
    return Buffer.from(mutateText(text, random, more, SCRAPS));
  },
  async read({ bytes }) {
    const { experiments, problems } = await readProject({
      'experiments/a.yaml': Buffer.from(EXPERIMENT),
      'content/a.md': bytes,
    });
    expect(experiments.length > 0 !== problems.length > 0, 'neither a narrative nor a problem, or both');
    for (const block of experiments.flatMap(({ narrative }) => narrative.blocks)) {
      if (block.kind === 'figure') expect(/^(?:one|two)$/.test(block.view), `a figure of ${block.view}`);
      else {
        const odd = TAGS.exec(block.html);
        expect(!odd, `markup of the file's own: ${block.html.slice(odd?.index, (odd?.index ?? 0) + 60)}`);
        expect(
          !/(?:href|src)="\s*(?:javascript|data|vbscript|file):/i.test(block.html),
          'a link that runs code',
        );
      }
    }
  },
};
