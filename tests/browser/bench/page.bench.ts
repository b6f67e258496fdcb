import { expect, type Page, test } from '@playwright/test';
import { House } from '../support/house';
import { Citizen, openBrowser } from '../support/people';
import { busySince, machine, median, print } from './figures';

const ROUNDS = Number(process.env.ROUNDS ?? 5);
/** 1.6/0.75 Mbit/s, 150 ms, CPU four times slower. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };

/** How long the two buttons stood there until the driver had tapped them: its part of the time, not the page's. */
async function markHands(page: Page): Promise<void> {
  await page.addInitScript((words: string[]) => {
    const hands = { ms: 0 };
    Object.defineProperty(window, '__hands', { value: hands });
    const shown = new Map<string, number>();
    const word = (element: Element | null) => words.find((text) => element?.closest('button')?.textContent?.includes(text));
    new MutationObserver(() => {
      for (const button of document.querySelectorAll('button')) {
        const text = word(button);
        if (text !== undefined && !shown.has(text)) shown.set(text, performance.now());
      }
    }).observe(document, { childList: true, subtree: true });
    document.addEventListener('click', (event) => {
      const since = shown.get(word(event.target as Element | null) ?? '');
      if (since !== undefined) hands.ms += performance.now() - since;
    }, true);
  }, ['找工作人员帮忙', '我说不清']);
}

/**
 * Notes when the number is on the screen, by the page's own clock: a test that asks every so often learns of it late, and more so on a
 * busy machine, when what the page loads after it has come, too.
 */
async function markInQueue(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const look = () => {
      if (!/您是 A\d+ 号/.test(document.querySelector('h1')?.textContent ?? '')) return;
      seen.disconnect();
      // Once it is drawn.
      requestAnimationFrame(() => requestAnimationFrame(() => Object.assign(window, { __inQueue: Date.now() })));
    };
    const seen = new MutationObserver(look);
    seen.observe(document, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { __inQueue: number }).__inQueue);
}

test('from the link to "in queue" on a slow phone', async () => {
  const house = await House.setUp();
  await house.open();
  const phones = await openBrowser();
  const began = machine();
  const took: number[] = [];
  const hands: number[] = [];
  const bytes: number[] = [];
  const requests: number[] = [];
  const foreign = new Set<string>();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const sent: number[] = [];
      const came: { at: number; bytes: number }[] = [];
      // The wire tells when something was sent by both clocks, and when it came by its own.
      let ahead = 0;
      const citizen = await Citizen.blank(phones, house);
      const wire = await citizen.context.newCDPSession(citizen.page);
      await wire.send('Network.enable');
      await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
      await wire.send('Network.emulateNetworkConditions', SLOW_4G);
      await wire.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      wire.on('Network.requestWillBeSent', (event) => {
        if (/^(data|blob):/.test(event.request.url)) return;
        ahead = event.wallTime - event.timestamp;
        sent.push(event.wallTime * 1_000);
        if (new URL(event.request.url).hostname !== '127.0.0.1') foreign.add(event.request.url);
      });
      wire.on('Network.webSocketCreated', () => sent.push(Date.now()));
      wire.on('Network.loadingFinished', (event) => came.push({ at: (event.timestamp + ahead) * 1_000, bytes: event.encodedDataLength }));
      await markHands(citizen.page);
      const inQueue = await markInQueue(citizen.page);
      const start = Date.now();
      await citizen.page.goto(`${house.origin}/h/${house.hall}`, { waitUntil: 'commit' });
      await citizen.button('找工作人员帮忙').click();
      await citizen.button('我说不清，直接找人').click();
      await expect(citizen.page.getByRole('heading', { level: 1, name: /您是 A\d+ 号/ })).toBeVisible();
      await expect.poll(inQueue).toBeGreaterThan(start);
      const end = await inQueue();
      took.push(end - start);
      requests.push(sent.filter((at) => at <= end).length);
      bytes.push(came.filter(({ at }) => at <= end).reduce((sum, each) => sum + each.bytes, 0));
      hands.push(Math.round(await citizen.page.evaluate(() => (window as unknown as { __hands: { ms: number } }).__hands.ms)));
      await citizen.leave();
    }
    const machine_busy = busySince(began);
    print({ name: 'citizen_page', value: Math.max(...bytes), unit: 'bytes', bar: 60_000, requests: Math.max(...requests), requests_bar: 8, foreign_hosts: foreign.size, machine_busy });
    print({ name: 'link_to_in_queue', value: median(took), unit: 'ms', bar: 1900, runs: took, waiting_for_the_taps: median(hands), machine_busy });
  } finally {
    await phones.close();
    await house.close();
  }
});
