/** Why npm or pip did not get a package, from what they print. */
import type { Problem } from '../errors.ts';
import type { PackagedName } from '../schema/experiment.ts';
import { formatPackage } from '../schema/packaged-file.ts';
import { visible } from '../schema/words.ts';
import type { CommandResult } from './commands.ts';

type Reason = Pick<Problem, 'what' | 'why' | 'choices'>;

export function refusal(file: PackagedName, result: CommandResult): Reason {
  return (file.registry === 'npm' ? npmRefusal : pipRefusal)(file, result);
}

const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|connection broken|ConnectTimeout|ReadTimeout|Max retries|ProxyError|NewConnectionError|NameResolutionError/i;

function npmRefusal(file: PackagedName, { stderr, status }: CommandResult): Reason {
  const what = `npm could not download \`${formatPackage(file)}\`.`;
  const code = /npm (?:error|ERR!) code (\w+)/.exec(stderr)?.[1];
  if (code === 'E404')
    return { what, why: `The registry has no package \`${file.package}\`, or no access is granted to it.` };
  if (code === 'ETARGET')
    return { what, why: `The registry has no version \`${file.version}\` of the package.` };
  if (code === 'E401' || code === 'E403')
    return { what, why: 'The registry refused the credentials, or requires some.' };
  if (NO_NETWORK.test(stderr)) return { what, why: noNetwork(code) };
  return { what, why: lastLine('npm', stderr, status) };
}

function pipRefusal(file: PackagedName, { stderr, status }: CommandResult): Reason {
  const what = `pip could not download \`${formatPackage(file)}\`.`;
  if (NO_NETWORK.test(stderr)) return { what, why: noNetwork() };
  const versions = /from versions: ([^)]*)\)/.exec(stderr)?.[1];
  if (versions === 'none') {
    return { what, why: `The index has no package \`${file.package}\`, or no wheel of it for this machine.` };
  }
  if (versions !== undefined) {
    return {
      what,
      why: `The index has no wheel of version \`${file.version}\` for this machine.`,
      choices: visible(versions).split(', ').reverse(),
    };
  }
  return { what, why: lastLine('pip', stderr, status) };
}

function noNetwork(code?: string): string {
  return `The registry cannot be reached${code === undefined ? '' : ` (${code})`}.`;
}

/** The last line that is not empty, without control characters and credentials: it may be published. */
function lastLine(program: string, output: string, status: number): string {
  const lines = output
    .split('\n')
    .map((line) => visible(line.trim()).replaceAll(/:\/\/[^/\s]+@/g, '://'))
    .filter((line) => line !== '' && !/complete log of this run|^npm (?:error|ERR!)$/.test(line));
  const last = lines
    .at(-1)
    ?.replace(/^npm (?:error|ERR!) /, '')
    .slice(0, 300);
  return last === undefined
    ? `${program} ended with status ${status} and no message.`
    : `${program} reports: ${last.replace(/\.?$/, '.')}`;
}
