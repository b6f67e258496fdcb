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

test('from the link to "in queue" on a slow phone', async () => {
  const house = await House.setUp();
  await house.open();
  const phones = await openBrowser();
  const began = machine();
  const took: number[] = [];
  const hands: number[] = [];
  let bytes = 0;
  let requests = 0;
  const foreign = new Set<string>();
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      bytes = requests = 0;
      const citizen = await Citizen.blank(phones, house);
      const wire = await citizen.context.newCDPSession(citizen.page);
      await wire.send('Network.enable');
      await wire.send('Network.setCacheDisabled', { cacheDisabled: true });
      await wire.send('Network.emulateNetworkConditions', SLOW_4G);
      await wire.send('Emulation.setCPUThrottlingRate', { rate: 4 });
      wire.on('Network.requestWillBeSent', (event) => {
        if (/^(data|blob):/.test(event.request.url)) return;
        requests += 1;
        if (new URL(event.request.url).hostname !== '127.0.0.1') foreign.add(event.request.url);
      });
      wire.on('Network.webSocketCreated', () => (requests += 1));
      wire.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
      await markHands(citizen.page);
      const start = Date.now();
      await citizen.page.goto(`${house.origin}/h/${house.hall}`, { waitUntil: 'commit' });
      await citizen.button('找工作人员帮忙').click();
      await citizen.button('我说不清，直接找人').click();
      await expect(citizen.page.getByRole('heading', { level: 1, name: /您是 A\d+ 号/ })).toBeVisible();
      took.push(Date.now() - start);
      hands.push(Math.round(await citizen.page.evaluate(() => (window as unknown as { __hands: { ms: number } }).__hands.ms)));
      await citizen.leave();
    }
    const machine_busy = busySince(began);
    print({ name: 'citizen_page', value: bytes, unit: 'bytes', bar: 60_000, requests, requests_bar: 8, foreign_hosts: foreign.size, machine_busy });
    print({ name: 'link_to_in_queue', value: median(took), unit: 'ms', bar: 1900, runs: took, waiting_for_the_taps: median(hands), machine_busy });
  } finally {
    await phones.close();
    await house.close();
  }
});
