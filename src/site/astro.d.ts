/** For what reads TypeScript only: `astro check` knows each component's own props. */
declare module '*.astro' {
  export default function component(props: unknown): unknown;
}

declare module '*.md?raw' {
  const text: string;
  export default text;
}
