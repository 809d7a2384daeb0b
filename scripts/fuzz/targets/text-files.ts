/** What the targets for files written by hand share: a project folder in memory. */
import type { Files } from '../../../src/effects.ts';
import { formatProblem } from '../../../src/errors.ts';
import { type ReadExperiments, readExperiments } from '../../../src/schema/read.ts';
import { techniques } from '../../../src/techniques/registry.ts';
import { expect } from '../target.ts';

const MOST_MESSAGES = 300_000;

/** @param content by path in the project folder: `experiments/a.yaml`, `content/a.md` */
export async function readProject(content: Readonly<Record<string, Uint8Array>>): Promise<ReadExperiments> {
  const files: Files = {
    readBytes: (path) => Promise.resolve(content[path.slice(1)]!),
    readText: (path) => Promise.resolve(new TextDecoder().decode(content[path.slice(1)])),
    stat(path) {
      const found = content[path.slice(1)];
      return Promise.resolve(found && { kind: 'file', size: found.length });
    },
    list: (folder) =>
      Promise.resolve(
        Object.keys(content).flatMap((path) =>
          path.startsWith(`${folder.slice(1)}/`) ? [path.split('/')[1]!] : [],
        ),
      ),
  };
  const options = {
    dir: '/experiments',
    contentDir: '/content',
    cwd: '/',
    techniques: techniques.values,
    files,
  };
  const read = await readExperiments(options);
  const messages = read.problems.map(({ problem }) => formatProblem(problem));
  const length = messages.reduce((sum, text) => sum + text.length, 0);
  expect(length <= MOST_MESSAGES, `${length} letters of messages`);
  for (const text of messages) {
    expect(/^(?:experiments|content)\/a\.(?:yaml|md):/.test(text), `no place: ${text}`);
    expect(!/undefined|Invalid input|\[object/.test(withoutQuotes(text)), `no message for people: ${text}`);
    // eslint-disable-next-line no-control-regex -- finding control characters is the point
    expect(!/[\u0000-\u0009\u000b-\u001f\u202e]/.test(text), `control characters: ${JSON.stringify(text)}`);
  }
  return read;
}

/** What stands in backticks is from the file. */
const withoutQuotes = (text: string): string => text.replaceAll(/`[^`]*`/g, '``');
