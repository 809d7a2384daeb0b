import { join } from 'node:path';
import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runPeers } from '../../scripts/bench/peers.ts';
import { put, temporaryFolder } from '../model/opening.ts';

const work = ['block3_conv1', 4, 2];
const { signal } = new AbortController();

it('reads what the Python program says, whatever else is printed', async () => {
  const folder = temporaryFolder();
  // Stands for an interpreter: it is given the program and its arguments.
  const python = put(
    folder,
    'python',
    `#!${process.execPath}
const [program, ...args] = process.argv.slice(2);
if (!program.endsWith('ascent.py') || args.join() !== 'block3_conv1,4,2') process.exit(1);
console.log('a greeting');
console.log('{"peer": "Keras, compiled", "milliseconds": 400, "processor": 700}');
console.log('{"peer": "tf-keras-vis", "missing": "tf-keras-vis"}');
`,
  );
  chmodSync(python, 0o755);
  expect(await runPeers(python, 'ascent', work, signal)).toEqual({
    times: [{ peer: 'Keras, compiled', milliseconds: 400, processor: 700 }],
    missing: [`${python} has no tf-keras-vis`],
  });
});

it('says aloud that there is no Python', async () => {
  const python = join(temporaryFolder(), 'nothing');
  expect(await runPeers(python, 'ascent', work, signal)).toEqual({
    times: [],
    missing: [`${python}: spawn ${python} ENOENT`],
  });
});
