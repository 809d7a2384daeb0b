#!/usr/bin/env node
// Starts the command. In the published package it is compiled; in a checkout the TypeScript sources are, when they changed.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 3)) {
  process.stderr.write(`filterscope needs Node 20.3 or newer; this is ${process.versions.node}\n`);
  process.exit(1);
}

process.setSourceMapsEnabled(true);
const folder = await compiled();
if (folder) await import(pathToFileURL(join(folder, 'filterscope.js')).href);

function packed(lib) {
  if (existsSync(join(lib, 'filterscope.js'))) return lib;
  process.stderr.write(
    "filterscope: this package has no compiled code\n  It was packed with npm's scripts off. Pack it with npm pack --ignore-scripts=false.\n",
  );
  process.exitCode = 1;
  return undefined;
}

async function compiled() {
  const scripts = dirname(fileURLToPath(import.meta.url));
  if (!existsSync(join(scripts, 'compile.mjs'))) return packed(join(dirname(scripts), 'lib'));
  try {
    const { compile } = await import('./compile.mjs');
    return await compile();
  } catch (error) {
    const missing = error.code === 'ERR_MODULE_NOT_FOUND';
    process.stderr.write(
      missing
        ? `filterscope: its packages are not installed\n  Run npm ci in its folder first. (${error.message})\n`
        : `filterscope: cannot compile its own sources\n  ${error.message}\n`,
    );
    process.exitCode = 1;
    return undefined;
  }
}
