// What stories begin with: an open house and two browsers, most often with one window on duty.
import { type Browser, test } from '@playwright/test';
import { House } from './house';
import { Link } from './link';
import { Citizen, keepTraces, openBrowser, Staff, type Wishes as CitizenWishes } from './people';
import type { Limits } from './watch';

/** An open house, and a browser each for those at home and those at the windows. */
export type Place = { house: House; phones: Browser; desks: Browser };

/** How somebody reaches the hall. */
type Way = { origin: string; limits: Limits };

export type Scene = Place & { chen: Staff; phoneWay: Way };

/** What a story wants to be different. */
export type Wishes = { staff?: Limits; desks?: Browser; prepare?: (house: House) => Promise<void> };

/** Those at home and those at the windows keep their browsers from story to story: to open a pair for each takes minutes of the whole. */
let pair: readonly [Browser, Browser] | undefined;

async function browsers(): Promise<readonly [Browser, Browser]> {
  if (!pair?.every((browser) => browser.isConnected())) pair = [await openBrowser(), await openBrowser()];
  return pair;
}

/** Nothing a page kept or was allowed outlives its context. */
async function closePages(browsers: readonly Browser[]): Promise<void> {
  await Promise.all(browsers.flatMap((browser) => browser.contexts()).map((context) => context.close()));
}

/** Opens a house for a story and always closes what it opened; keeps pictures of the pages when the story fails. */
export async function inHouse(house: House, story: (place: Place) => Promise<void>, open = () => house.open()): Promise<void> {
  await open();
  const [phones, desks] = await browsers();
  try {
    await story({ house, phones, desks });
  } catch (failure) {
    await keepTraces(house, [phones, desks], test.info().outputDir);
    throw failure;
  } finally {
    await closePages([phones, desks]);
    await house.close();
  }
}

/** The same in a house set up with `init`, with 陈老师 on duty at window 3. */
export async function inScene(story: (scene: Scene) => Promise<void>, wishes: Wishes = {}): Promise<void> {
  const house = await House.setUp();
  await play(story, house, { origin: house.origin, limits: {} }, { origin: house.origin, limits: wishes.staff ?? {} }, wishes);
}

/** The same where either the phones or the desk reach the hall over a wire that can be cut. */
export async function overWire(whose: 'phones' | 'desk', story: (scene: Scene & { wire: Link }) => Promise<void>, wishes: Wishes = {}): Promise<void> {
  const house = await House.setUp();
  const wire = await Link.to(house.port, house.mediaPort);
  house.admit(wire.origin);
  const straight: Way = { origin: house.origin, limits: {} };
  const wired: Way = { origin: wire.origin, limits: { throughPort: wire.mediaPort } };
  const [phoneWay, deskWay] = whose === 'phones' ? [wired, straight] : [straight, wired];
  try {
    await play((scene) => story({ ...scene, wire }), house, phoneWay, deskWay, wishes);
  } finally {
    wire.close();
  }
}

async function play(
  story: (scene: Scene) => Promise<void>,
  house: House,
  phoneWay: Way,
  deskWay: Way,
  wishes: Wishes = {},
): Promise<void> {
  const person = house.hire('chen', '陈老师', '0412');
  await wishes.prepare?.(house);
  await inHouse(house, async (place) => {
    const chen = await Staff.arrive(wishes.desks ?? place.desks, house, person, deskWay.limits, deskWay.origin);
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    await story({ ...place, chen, phoneWay });
  });
}

/** From the link to the talk. */
export async function beginTalk(scene: Scene, limits: Limits = {}, wishes: CitizenWishes = {}): Promise<Citizen> {
  const { origin } = scene.phoneWay;
  const citizen = await Citizen.arrive(scene.phones, scene.house, { ...scene.phoneWay.limits, ...limits }, origin, wishes);
  await citizen.takeNumber();
  await citizen.sayHere();
  await scene.chen.acceptRing();
  await citizen.expectTalking();
  await scene.chen.expectTalking();
  return citizen;
}
