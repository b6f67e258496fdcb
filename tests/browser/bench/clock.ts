// A camera whose picture carries the time, and the marks of what a page shows and hears first.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { repository } from '../support/house';

/** Every camera of this page is a drawn one: 16 cells across the top are the bits of the clock in ms. */
export async function drawClock(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      const stream = new MediaStream();
      if (constraints?.audio) for (const track of (await ask({ audio: constraints.audio })).getAudioTracks()) stream.addTrack(track);
      if (constraints?.video) {
        const canvas = document.createElement('canvas');
        canvas.width = 640;
        canvas.height = 480;
        const pen = canvas.getContext('2d');
        const draw = () => {
          if (!pen) return;
          const now = Math.floor(performance.timeOrigin + performance.now()) & 0xffff;
          pen.fillStyle = '#808080';
          pen.fillRect(0, 0, 640, 480);
          for (let bit = 0; bit < 16; bit += 1) {
            pen.fillStyle = (now >> bit) & 1 ? '#fff' : '#000';
            pen.fillRect(bit * 40, 0, 40, 80);
          }
          pen.fillStyle = '#c00';
          pen.fillRect((now / 10) % 600, 200, 40, 40);
          requestAnimationFrame(draw);
        };
        draw();
        for (const track of canvas.captureStream(30).getVideoTracks()) stream.addTrack(track);
      }
      return stream;
    };
  });
}

/** Remembers, in ms of the page's clock, the tap and the first decoded frame and sound behind it. */
export async function markFirsts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const firsts: Record<string, number> = {};
    Object.defineProperty(window, '__firsts', { value: firsts });
    const now = () => performance.timeOrigin + performance.now();
    document.addEventListener('click', (event) => {
      if ((event.target as Element | null)?.closest('button')?.textContent?.includes('接听')) firsts.tap ??= now();
    }, true);
    const watched = new WeakSet<HTMLVideoElement>();
    const look = () => {
      for (const video of document.querySelectorAll('video')) {
        if (watched.has(video)) continue;
        watched.add(video);
        video.requestVideoFrameCallback(() => {
          if (video.srcObject instanceof MediaStream && firsts.tap !== undefined) firsts.frame ??= now();
        });
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
    // Sound: the first look at which the receiver has played something since the tap.
    const peers = () => (window as unknown as { __peers: RTCPeerConnection[] }).__peers;
    const listen = async () => {
      const peer = peers()[peers().length - 1];
      if (peer && firsts.tap !== undefined && firsts.sound === undefined) {
        for (const stat of (await peer.getStats()).values()) {
          if (stat.type !== 'inbound-rtp' || stat.kind !== 'audio') continue;
          if ((stat.packetsReceived as number) > 0 && (stat.totalAudioEnergy as number) > 0) firsts.sound ??= now();
        }
      }
      requestAnimationFrame(() => void listen());
    };
    void listen();
  });
}

export type Firsts = { tap: number; frame: number; sound: number };

/** The marks of the newest call; waits for all three: a frame may be decoded well before it is shown. */
export async function firsts(page: Page): Promise<Firsts> {
  const marks = () => (window as unknown as { __firsts: Firsts }).__firsts;
  await page.waitForFunction(() => {
    const { tap, frame, sound } = (window as unknown as { __firsts: Partial<Firsts> }).__firsts;
    return tap !== undefined && frame !== undefined && sound !== undefined;
  });
  return page.evaluate(marks);
}

export type Delays = { decoded: number[]; shown: number[] };

/** End-to-end delays of the largest picture of the page in ms, read as the floor reads them. */
export async function pictureDelays(page: Page, seconds: number): Promise<Delays> {
  const read = readFileSync(join(repository, 'tests/load/browser/read_clock.js'), 'utf8').trim();
  return page.evaluate<Delays>(`(${read})(${String(seconds)})`);
}
