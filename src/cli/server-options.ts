import { InvalidArgumentError, type Command } from 'commander';
import { hostName } from '../site/hosts.ts';

export interface ServerOptions {
  /** Name or address to listen at. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Hosts to answer for besides this machine and `host`. */
  readonly allowedHosts: readonly string[];
}

const PORT = 4321;

/** @param taken what happens where the port is in use */
export function addServerOptions(command: Command, taken: string): Command {
  return command
    .option('--port <number>', `port to serve at; ${taken}`, portNumber, PORT)
    .option('--host [address]', 'serve to other machines, at this address (default: all)')
    .option(
      '--allowed-host <name>',
      'answer requests for this host name, too; may be repeated',
      hostNames,
      [],
    );
}

export function readServerOptions(own: Readonly<Record<string, unknown>>): ServerOptions {
  const { host, port, allowedHost } = own;
  const everywhere = host === true ? '0.0.0.0' : 'localhost';
  return {
    host: typeof host === 'string' ? host : everywhere,
    port: Number(port),
    allowedHosts: allowedHost as string[],
  };
}

/** @param before those of the same option further left */
function hostNames(text: string, before: readonly string[]): readonly string[] {
  const name = hostName(text.replace(/^\./, ''));
  if (name === undefined || !/^\[[^\]]+\]$|^[^:[\]]+$/.test(text)) {
    throw new InvalidArgumentError(
      'It must be a host name or an address, such as gallery.example.org. .example.org includes all names below it.',
    );
  }
  return [...before, text.startsWith('.') ? `.${name}` : name];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return port;
}
