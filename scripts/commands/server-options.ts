import { InvalidArgumentError, type Command } from 'commander';

export interface ServerOptions {
  /** True: every address of this machine. False: this machine only. */
  readonly host: string | boolean;
  readonly port: number | undefined;
}

export function addServerOptions(command: Command): Command {
  return command
    .option('--port <number>', 'port to serve at; the next free one is taken where it is in use', portNumber)
    .option('--host [address]', 'serve to other machines too');
}

export function readServerOptions(own: Readonly<Record<string, unknown>>): ServerOptions {
  const { host, port } = own;
  return {
    host: typeof host === 'string' ? host : host === true,
    port: port === undefined ? undefined : Number(port),
  };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 65535.');
  }
  return port;
}
