import type { Browser } from 'playwright-core';

/** What a page costs its reader before anything is scrolled. */
export interface PageCost {
  readonly requests: number;
  /** As they come over the line, with headers. */
  readonly bytes: number;
  readonly scriptBytes: number;
  readonly styleBytes: number;
  readonly htmlBytes: number;
  /** The sum of all layout shifts. */
  readonly shift: number;
  /** What the heading is set in. */
  readonly font: string;
}

/** A slow line and a processor of a quarter of this one's speed. */
const LINE = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
const SLOWER = 4;
/** Milliseconds without a request after which a page has arrived. */
const QUIET = 600;

export async function measurePage(browser: Browser, address: string, width: number): Promise<PageCost> {
  const context = await browser.newContext({ viewport: { width, height: width < 500 ? 844 : 900 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    const types = new Map<string, string>();
    const cost = { requests: 0, bytes: 0, scriptBytes: 0, styleBytes: 0, htmlBytes: 0 };
    let open = 0;
    let last = performance.now();
    session.on('Network.requestWillBeSent', ({ requestId, request, type = 'Other' }) => {
      if (request.url.startsWith('data:')) return;
      types.set(requestId, type);
      cost.requests++;
      open++;
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const type = types.get(requestId);
      if (type === undefined) return;
      cost.bytes += encodedDataLength;
      if (type === 'Script') cost.scriptBytes += encodedDataLength;
      if (type === 'Document') cost.htmlBytes += encodedDataLength;
      if (type === 'Stylesheet') cost.styleBytes += encodedDataLength;
      open--;
      last = performance.now();
    });
    session.on('Network.loadingFailed', ({ requestId }) => {
      if (types.has(requestId)) open--;
    });
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', LINE);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await page.addInitScript(() => {
      const seen = window as unknown as { shift: number };
      seen.shift = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          seen.shift += (entry as PerformanceEntry & { value: number }).value;
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(address, { waitUntil: 'load' });
    while (open > 0 || performance.now() - last < QUIET) await page.waitForTimeout(50);
    const shift = await page.evaluate(() => (window as unknown as { shift: number }).shift);
    await session.send('DOM.enable');
    await session.send('CSS.enable');
    const { root } = await session.send('DOM.getDocument');
    const { nodeId } = await session.send('DOM.querySelector', { nodeId: root.nodeId, selector: 'h1' });
    const { fonts } = await session.send('CSS.getPlatformFontsForNode', { nodeId });
    return { ...cost, shift, font: fonts.map(({ familyName }) => familyName).join() };
  } finally {
    await context.close();
  }
}
