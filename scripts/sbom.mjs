import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * What the published package is made of, as npm lists it (CycloneDX), from the lock file alone: its dependencies, not what develops
 * it, and not what its users may add. The same lock file gives the same text.
 * @param {string} root
 */
export async function describeComponents(root) {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const withoutOthers = ({
    devDependencies: _dev,
    peerDependencies: _peer,
    peerDependenciesMeta: _meta,
    ...own
  }) => own;
  const reached = reach(lock.packages);
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([path]) => reached.has(path)));
  packages[''] = withoutOthers(packages['']);
  const temporary = await mkdtemp(join(tmpdir(), 'filterscope-'));
  // npm takes the name of the folder.
  const folder = join(temporary, manifest.name);
  try {
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), JSON.stringify(withoutOthers(manifest)));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--sbom-type', 'application'];
    const { stdout } = await promisify(execFile)('npm', args, { cwd: folder, maxBuffer: 2 ** 26 });
    const { serialNumber: _serial, metadata, ...sbom } = JSON.parse(stdout);
    const { timestamp: _time, ...rest } = metadata;
    return `${JSON.stringify({ ...sbom, metadata: rest }, undefined, 1)}\n`;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Paths of all packages that the root installs with itself. @param {Record<string, object>} packages of a lock file */
function reach(packages) {
  const reached = new Set(['']);
  for (const from of reached) {
    const {
      dependencies,
      optionalDependencies,
      peerDependencies = {},
      peerDependenciesMeta = {},
    } = packages[from];
    const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
      // As Node looks for it: beside the package, then in the folders above.
      for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
        const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
        if (packages[path]) reached.add(path);
        if (packages[path] || folder === '') break;
      }
    }
  }
  return reached;
}
