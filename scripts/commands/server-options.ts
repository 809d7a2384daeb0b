import { InvalidArgumentError, type Command } from 'commander';

export interface ServerOptions {
  /** Name or address to listen at. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

const PORT = 4321;

/** @param taken what happens where the port is in use */
export function addServerOptions(command: Command, taken: string): Command {
  return command
    .option('--port <number>', `port to serve at; ${taken}`, portNumber, PORT)
    .option('--host [address]', 'serve to other machines too');
}

export function readServerOptions(own: Readonly<Record<string, unknown>>): ServerOptions {
  const { host, port } = own;
  const everywhere = host === true ? '0.0.0.0' : 'localhost';
  return { host: typeof host === 'string' ? host : everywhere, port: Number(port) };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return port;
}
