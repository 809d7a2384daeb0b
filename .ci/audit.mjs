// node .ci/audit.mjs: asks the registry for known vulnerabilities of the packages in the lock file. Fails on each that has no exception
// in audit-exceptions.json: `{id, package, reason, until}`, the id as GitHub's advisories have it, the date as 2027-01-31.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @param {{error?: unknown, message?: string, vulnerabilities?: Record<string, {via: (string | object)[]}>}} report of `npm audit --json`
 * @param {{id: string, package: string, reason: string, until: string}[]} exceptions
 * @param {string} today as 2027-01-31
 * @returns {{skipped?: string, problems: string[], excepted: string[]}}
 */
export function judge(report, exceptions, today) {
  const problems = exceptions.flatMap((exception) => {
    const { id, package: name, reason, until } = exception;
    const isWhole = /^GHSA(-[0-9a-z]{4}){3}$/.test(id) && name && reason && /^\d{4}-\d\d-\d\d$/.test(until);
    if (!isWhole)
      return [
        `An exception needs \`id\`, \`package\`, \`reason\` and \`until\`: ${JSON.stringify(exception)}.`,
      ];
    if (until < today) return [`The exception for ${id} (${name}) ended on ${until}: look at it again.`];
    return [];
  });
  if (!report.vulnerabilities) {
    return { skipped: report.message ?? 'The service gave no answer.', problems, excepted: [] };
  }
  const advisories = new Map();
  for (const { via } of Object.values(report.vulnerabilities)) {
    for (const advisory of via) {
      if (typeof advisory === 'string') continue;
      const id = /GHSA(-[0-9a-z]{4}){3}/.exec(advisory.url ?? '')?.[0] ?? String(advisory.source);
      advisories.set(`${id} ${advisory.name}`, { id, ...advisory });
    }
  }
  const excepted = [];
  for (const { id, name, severity, title, range } of advisories.values()) {
    const known = exceptions.find((exception) => exception.id === id && exception.package === name);
    if (known) excepted.push(`${id} (${name}): ${known.reason} Until ${known.until}.`);
    else problems.push(`${id}: ${name} ${range}, ${severity}: ${title}.`);
  }
  return { problems, excepted };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const exceptions = JSON.parse(readFileSync(new URL('audit-exceptions.json', import.meta.url), 'utf8'));
  const { stdout, stderr } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  let report;
  try {
    report = JSON.parse(stdout);
  } catch {
    report = { message: stderr.trim().split('\n')[0] || 'npm printed no report.' };
  }
  const { skipped, problems, excepted } = judge(report, exceptions, new Date().toISOString().slice(0, 10));
  if (skipped !== undefined)
    process.stdout.write(`SKIPPED: the audit service does not answer here. ${skipped}\n`);
  for (const line of excepted) process.stdout.write(`Excepted: ${line}\n`);
  for (const line of problems) process.stderr.write(`${line}\n`);
  if (skipped === undefined && problems.length === 0)
    process.stdout.write('No known vulnerability without an exception.\n');
  process.exitCode = problems.length > 0 ? 1 : 0;
}
