/**
 * Rules on which file may import which, checked on source text. Pure, so that the rules themselves can be tested on
 * samples that break them.
 */
import { posix } from 'node:path';
import ts from 'typescript';

/** Paths from the package root with forward slashes -> text. */
export type Sources = ReadonlyMap<string, string>;

/** A module imports from itself and from those before it. */
const order = [
  [
    ...[
      'byte-size',
      'code-version',
      'compiled-file',
      'effects',
      'errors',
      'file-notes',
      'hash',
      'hash-apart',
      'hash-thread',
      'likeness',
      'natural-order',
      'package-root',
    ],
    ...['paths', 'plugins', 'processes', 'random', 'spare-memory', 'terminal', 'visible'],
  ],
  ['simd'],
  ['schema'],
  ['registry'],
  ['backend'],
  ['model'],
  ['optim'],
  ['techniques'],
  ['image'],
  ['synthetic'],
  ['store'],
  ['pipeline'],
  ['queue'],
  ['site'],
  ['publish'],
  ['diff'],
  ['config'],
  ['starter'],
  ['api'],
  ['cli'],
  ['scripts'],
];

/** The rooms of the pipeline, in the order of the flow; what runs them stands beside them. */
const rooms = ['results', 'plan', 'compute', 'render', 'report'];

function room(file: string): number {
  const name = /^src\/pipeline\/(?:(\w+)\/)?/.exec(file);
  if (!name) return -1;
  return name[1] === undefined ? rooms.length : rooms.indexOf(name[1]);
}

/** The site never sees the model: report.json is the only contract between it and the pipeline. */
const siteMayImport = new Set([
  'errors',
  'effects',
  'hash',
  'package-root',
  'compiled-file',
  'plugins',
  'processes',
  'visible',
  'schema',
  'site',
]);

/** Types of what panels tell, which is part of the contract. */
const FACTS = /^src\/techniques\/[\w-]+\/facts\.ts$/;

/** What pages show of a technique stands in a folder with its name. */
const PRESENTATION = /^src\/site\/techniques\/([\w-]+)\//;

/** Packages with one home: nobody else imports them, types apart. */
const homes: readonly { package: RegExp; home: string }[] = [
  { package: /^@tensorflow\//, home: 'backend' },
  { package: /^sharp$/, home: 'image' },
  { package: /^leven$/, home: 'likeness' },
  { package: /^(?:bullmq|ioredis)$/, home: 'queue' },
];

const LONGEST_FILE = 350;

/** What is printed goes through src/terminal.ts; a program of its own may write what its caller reads. */
const writers = new Set(['src/terminal.ts', 'src/backend/native/self-test.ts', 'scripts/filterscope.mjs']);

export function findViolations(sources: Sources): string[] {
  const imports = new Map([...sources].map(([file, text]) => [file, readImports(file, text)]));
  return [
    ...[...imports].flatMap(([file, list]) => list.flatMap((one) => checkImport(sources, file, one))),
    ...findCycles(imports),
    ...findLoads(imports),
    ...[...sources].flatMap(([file, text]) => checkText(file, text)),
    ...findTechniqueKnowledge(sources, imports),
  ];
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** Loaded when it is needed: `await import()`. */
  readonly dynamic?: true;
}

function checkImport(sources: Sources, file: string, { specifier, typeOnly }: Import): string[] {
  const from = moduleOf(file);
  if (from === undefined) return [];
  if (!specifier.startsWith('.')) {
    return homes
      .filter((rule) => rule.package.test(specifier) && rule.home !== from && !typeOnly)
      .map((rule) => `${file} imports ${specifier}, which only ${rule.home} may`);
  }
  const target = resolveImport(file, specifier);
  // An image, style sheet or JSON file is nobody's code.
  if (!/\.(ts|mjs|astro)$/.test(target)) return [];
  if (!sources.has(target)) return [`${file} imports ${specifier}, which is not there`];
  const to = moduleOf(target);
  if (to === undefined) return [`${file} imports ${target}, which is not part of the program`];
  if (from === 'site' && !siteMayImport.has(to) && !(typeOnly && FACTS.test(target)))
    return [`${file} imports ${target}: site must not know ${to}`];
  if (rank(to) > rank(from)) return [`${file} imports ${target}: ${from} must not know ${to}`];
  return room(file) >= 0 && room(target) > room(file)
    ? [`${file} imports ${target}, which comes later in the pipeline`]
    : [];
}

function checkText(file: string, text: string): string[] {
  const found: string[] = [];
  if (file.startsWith('src/')) {
    const lines = text.split('\n').length - 1;
    if (lines > LONGEST_FILE)
      found.push(`${file} has ${lines} lines; ${LONGEST_FILE} are enough for one file`);
    if (moduleOf(file) === undefined) found.push(`${file} belongs to no module`);
  }
  const writes = /\b(?:process\.std(?:out|err)\.write|console\.\w+(?=\())/.exec(text);
  if (writes && /^(?:src|scripts)\//.test(file) && !writers.has(file)) {
    found.push(`${file} uses ${writes[0]}: only src/terminal.ts writes to the terminal`);
  }
  const only = /\b(?:describe|it|test)(?:\.\w+)*\.only\b/.exec(text);
  if (only) found.push(`${file} runs one test alone: ${only[0]}`);
  const note = new RegExp(['TO', 'DO|FIX', 'ME'].join('')).exec(text);
  if (note) found.push(`${file} leaves a note instead of the work: ${note[0]}`);
  return found;
}

/** errors, schema, … for src/errors.ts, src/schema/…; scripts; undefined for anything else. */
function moduleOf(file: string): string | undefined {
  if (file.startsWith('scripts/')) return 'scripts';
  const match = /^src\/([^/.]+)(?:\/|\.ts$)/.exec(file);
  return match?.[1] !== undefined && rank(match[1]) >= 0 ? match[1] : undefined;
}

const rank = (module: string): number => order.findIndex((names) => names.includes(module));

const resolveImport = (file: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(file), specifier.replace(/\?.*$/, '')));

/** Every import, re-export, dynamic import and require in a TypeScript or Astro file. */
export function readImports(file: string, text: string): Import[] {
  const code = file.endsWith('.astro') ? codeOfAstro(text) : text;
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      found.push({ specifier: textOf(node.moduleSpecifier), typeOnly: isTypeOnly(node.importClause) });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      found.push({ specifier: textOf(node.moduleSpecifier), typeOnly: node.isTypeOnly });
    } else if (ts.isCallExpression(node) && isLoading(node.expression)) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteralLike(argument)) {
        const dynamic = node.expression.kind === ts.SyntaxKind.ImportKeyword;
        found.push({ specifier: argument.text, typeOnly: false, ...(dynamic ? { dynamic } : {}) });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS));
  return found;
}

const textOf = (node: ts.Expression): string => (ts.isStringLiteralLike(node) ? node.text : '');

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const { namedBindings } = clause;
  if (clause.name || !namedBindings || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every((element) => element.isTypeOnly);
}

const isLoading = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword ||
  (ts.isIdentifier(callee) && /^require(Package)?$/.test(callee.text));

/** The front matter and the scripts: all that can import. */
function codeOfAstro(text: string): string {
  const front = /^---\n([\s\S]*?)\n---/.exec(text)?.[1] ?? '';
  const scripts = [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1] ?? '');
  return [front, ...scripts].join('\n;\n');
}

const TABLES = ['src/site/techniques/table.ts', 'src/site/techniques/component-table.ts'];

/** No file of the site but the tables and a technique's own folder knows a technique. */
function findTechniqueKnowledge(sources: Sources, imports: ReadonlyMap<string, readonly Import[]>): string[] {
  const folders = new Set([...sources.keys()].flatMap((file) => PRESENTATION.exec(file)?.[1] ?? []));
  const found: string[] = [];
  for (const [file, text] of sources) {
    if (!file.startsWith('src/site/') || TABLES.includes(file)) continue;
    const own = PRESENTATION.exec(file)?.[1];
    for (const { specifier } of imports.get(file) ?? []) {
      const target = PRESENTATION.exec(resolveImport(file, specifier))?.[1];
      if (target !== undefined && target !== own)
        found.push(`${file} imports ${specifier}: only the tables may`);
      if (own === undefined && FACTS.test(resolveImport(file, specifier)))
        found.push(`${file} imports ${specifier}: only the technique's folder may`);
    }
    for (const name of folders)
      if (name !== own && new RegExp(`['"\`]${name}['"\`]`).test(text))
        found.push(`${file} knows the technique ${name}`);
  }
  return found;
}

/**
 * What starts without what takes long to load: TensorFlow.js where plans are made, model files read and pages rendered; images and schemas
 * where a command is only chosen.
 */
const LATE: readonly { readonly start: string; readonly never: readonly string[] }[] = [
  ...['src/publish/gallery.ts', 'src/publish/dev.ts', 'src/model/reading/file-reader.ts'].map((start) => ({
    start,
    never: ['src/backend/tf.ts'],
  })),
  { start: 'src/cli/program.ts', never: ['src/backend/tf.ts', 'sharp', 'zod/v4', 'yaml', 'astro'] },
];

function findLoads(imports: ReadonlyMap<string, readonly Import[]>): string[] {
  return LATE.flatMap(({ start, never }) => {
    const by = new Map<string, string | undefined>([[start, undefined]]);
    for (const file of by.keys()) {
      for (const { specifier, typeOnly, dynamic } of imports.get(file) ?? []) {
        const target = specifier.startsWith('.') ? resolveImport(file, specifier) : specifier;
        if (!typeOnly && !dynamic && !by.has(target)) by.set(target, file);
      }
    }
    return never
      .filter((heavy) => by.has(heavy))
      .map((heavy) => {
        const path: string[] = [];
        for (let file: string | undefined = heavy; file !== undefined; file = by.get(file))
          path.unshift(file);
        return `${path.join(' -> ')} is loaded at start`;
      });
  });
}

/** Circles of files that name one another, be it for types only: each is named once, by its first file in the alphabet. */
function findCycles(imports: ReadonlyMap<string, readonly Import[]>): string[] {
  const next = new Map(
    [...imports].map(([file, list]) => [
      file,
      list
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => resolveImport(file, specifier))
        .filter((target) => imports.has(target)),
    ]),
  );
  const cycles = new Map<string, string>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const circle = path.slice(start);
      const key = [...circle].sort().join(' ');
      if (!cycles.has(key)) cycles.set(key, `${[...circle, file].join(' -> ')} is a circle`);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of next.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of [...next.keys()].sort()) visit(file);
  return [...cycles.values()];
}
