import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { House, repository } from '../support/house';
import { Citizen, expectMedia, openBrowser, Staff } from '../support/people';
import { type Delays, drawClock, firsts, markFirsts, pictureDelays } from './clock';
import { busySince, machine, mean, median, print } from './figures';

/** Calls in a run: the delay of a picture differs from call to call by the phase of the screen, so eight say too little. */
const ROUNDS = Number(process.env.ROUNDS ?? 16);

type Spread = { p50: number; mean: number };
type Plain = { click_to_frame_here: Spread; delays: { decoded: Spread; shown: Spread } };

/** Plain peer-to-peer in the same browser: no server in the path. */
function plainPeers(): Plain {
  const printed = execFileSync('node', [join(repository, 'tests/load/browser/plain.mjs'), '--runs', '3', '--secs', '2'], {
    env: { ...process.env, PEERS_MODULES: join(repository, 'tests/browser/node_modules'), CHROMIUM: process.env.CHROMIUM ?? '/usr/lib/chromium/chromium' },
    encoding: 'utf8',
  });
  return JSON.parse(printed.split('\n').find((line) => line.startsWith('{')) ?? '{}') as Plain;
}

test('from 接听 to picture and sound, and the delay of the picture', async () => {
  const house = await House.setUp();
  const person = house.hire('chen', '陈老师', '0412');
  // The tap on 「我在」 does not count as 「接听」 here, so that the tap measured is the tap on 「接听」.
  house.run(['rules', '--set', 'timers.here_counts_as_accept_ms=0']);
  await house.open();
  const [phones, desks] = [await openBrowser(), await openBrowser()];
  const began = machine();
  const frames: number[] = [];
  const sounds: number[] = [];
  const delays: Delays = { decoded: [], shown: [] };
  /** The mean of each call: a call keeps one phase between its frames and the screen, so calls scatter more than frames. */
  const shownInCalls: number[] = [];
  const plain: Plain[] = [];
  try {
    const chen = await Staff.arrive(desks, house, person, {}, house.origin, drawClock);
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round % 2 === 0) plain.push(plainPeers());
      const citizen = await Citizen.arrive(phones, house, {}, house.origin, { prepare: markFirsts });
      await citizen.takeNumber();
      await citizen.sayHere();
      await chen.acceptRing();
      await expect(citizen.button('接听')).toBeVisible();
      await chen.showPicture();
      await citizen.button('接听').click();
      await expectMedia(citizen.page, { sound: true, picture: true });
      const seen = await firsts(citizen.page);
      frames.push(seen.frame - seen.tap);
      sounds.push(seen.sound - seen.tap);
      const delayed = await pictureDelays(citizen.page, 2);
      delays.decoded.push(...delayed.decoded);
      delays.shown.push(...delayed.shown);
      shownInCalls.push(mean(delayed.shown));
      await citizen.hangUp();
      await chen.saveRecord('居民养老', 'bench');
      await chen.button(/^完成/).click();
      await citizen.leave();
    }
    const floor = median(plain.map((run) => run.click_to_frame_here.p50));
    const ratio = (value: number, of: number) => Math.round((value / of) * 1000) / 1000;
    const machine_busy = busySince(began);
    print({ name: 'accept_to_first_frame', value: Math.round(median(frames)), unit: 'ms', floor, ratio: ratio(median(frames), floor), bar: 1.15, runs: frames.map(Math.round), machine_busy });
    print({ name: 'accept_to_first_sound', value: Math.round(median(sounds)), unit: 'ms', floor: null, ratio: null, runs: sounds.map(Math.round), machine_busy });
    const delay = (kind: keyof Delays) => [mean(delays[kind]), mean(plain.map((run) => run.delays[kind].mean))] as const;
    const [shown, shownPlainly] = delay('shown');
    const [decoded, decodedPlainly] = delay('decoded');
    print({ name: 'video_delay', value: shown, unit: 'ms', floor: shownPlainly, ratio: ratio(shown, shownPlainly), bar: 1.25, decoded, decoded_floor: decodedPlainly, frames: delays.shown.length, runs: shownInCalls, floor_runs: plain.map((run) => run.delays.shown.mean), machine_busy });
  } finally {
    await phones.close();
    await desks.close();
    await house.close();
  }
});
