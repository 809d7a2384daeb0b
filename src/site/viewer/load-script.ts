const loaded = new Map<string, Promise<boolean>>();

/** Runs a classic script, once however often it is asked for; false where it cannot be loaded. */
export function loadScript(href: string): Promise<boolean> {
  const known =
    loaded.get(href) ??
    new Promise<boolean>((resolve) => {
      const script = document.createElement('script');
      script.src = href;
      script.onload = () => resolve(true);
      script.onerror = () => resolve(false);
      document.head.append(script);
    });
  loaded.set(href, known);
  return known;
}
