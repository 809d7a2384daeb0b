/**
 * Which hosts a local server answers for. A page of any site can give its own name this machine's address (DNS rebinding) and then
 * read what is served here as if it were its own; but the browser names that site in the Host header.
 */
import { networkInterfaces } from 'node:os';
import { visible } from '../visible.ts';

export interface HostOptions {
  /** The name or address that the server listens at. */
  readonly host: string;
  /** Names and addresses to answer for as well; one that begins with a dot stands for a domain and all below it. */
  readonly allowedHosts?: readonly string[];
}

/** @param header of a request: `localhost:4321` */
export type HostCheck = (header: string | undefined) => boolean;

const EVERYWHERE = new Set(['0.0.0.0', '[::]']);

/** Answers for this machine's own names, the one it listens at, and those allowed. */
export function createHostCheck({ host, allowedHosts = [] }: HostOptions): HostCheck {
  const bound = hostName(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
  const listed = allowedHosts.map((name) => ({
    name: hostName(name.replace(/^\./, '')),
    withSubdomains: name.startsWith('.'),
  }));
  return (header) => {
    const name = header === undefined ? undefined : hostName(header);
    if (name === undefined) return false;
    return (
      isThisMachine(name) ||
      name === bound ||
      listed.some((one) => name === one.name || (one.withSubdomains && name.endsWith(`.${one.name}`))) ||
      (bound !== undefined && EVERYWHERE.has(bound) && ownAddresses().includes(name))
    );
  };
}

/**
 * The host in `host:port`, as browsers write it: lower case, addresses in their usual form, IPv6 in brackets, no dot at the end.
 * @returns undefined for what is no host
 */
export function hostName(text: string): string | undefined {
  if (!/^[^\s/\\?#@%]+$/.test(text) || !URL.canParse(`http://${text}`)) return undefined;
  return new URL(`http://${text}`).hostname.replace(/\.$/, '');
}

/** True where a request was made by a program that is no browser, or by a page of an answered host. */
export function isOwnOrigin(origin: string | undefined, answers: HostCheck): boolean {
  if (origin === undefined) return true;
  return /^https?:/.test(origin) && URL.canParse(origin) && answers(new URL(origin).host);
}

/** The text of a refused request's answer. */
export function explainRefusal(header: string | undefined): string {
  const name = header === undefined ? undefined : hostName(header);
  if (name === undefined) return 'The request names no host.';
  return `The host \`${visible(name)}\` is not allowed.
To allow it, start the server again with \`--allowed-host ${visible(name)}\`.`;
}

const isThisMachine = (name: string): boolean =>
  name === 'localhost' ||
  name.endsWith('.localhost') ||
  /^127(?:\.\d{1,3}){3}$/.test(name) ||
  name === '[::1]';

function ownAddresses(): (string | undefined)[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.map(({ address, family }) => hostName(family === 'IPv6' ? `[${address}]` : address));
}
