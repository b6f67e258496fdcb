// What stories begin with: an open house and two browsers, most often with one window on duty.
import { type Browser, test } from '@playwright/test';
import { House } from './house';
import { Citizen, keepTraces, openBrowser, Staff, type Wishes as CitizenWishes } from './people';
import type { Limits } from './watch';

/** An open house, and a browser each for those at home and those at the windows. */
export type Place = { house: House; phones: Browser; desks: Browser };

export type Scene = Place & { chen: Staff };

/** What a story wants to be different. */
export type Wishes = { staff?: Limits; prepare?: (house: House) => Promise<void> };

/** Opens a house for a story and always closes what it opened; keeps pictures of the pages when the story fails. */
export async function inHouse(house: House, story: (place: Place) => Promise<void>): Promise<void> {
  await house.open();
  const [phones, desks] = [await openBrowser(), await openBrowser()];
  try {
    await story({ house, phones, desks });
  } catch (failure) {
    await keepTraces(house, [phones, desks], test.info().outputDir);
    throw failure;
  } finally {
    await phones.close();
    await desks.close();
    await house.close();
  }
}

/** The same in a house set up with `init`, with 陈老师 on duty at window 3. */
export async function inScene(story: (scene: Scene) => Promise<void>, wishes: Wishes = {}): Promise<void> {
  const house = await House.setUp();
  const person = house.hire('chen', '陈老师', '0412');
  await wishes.prepare?.(house);
  await inHouse(house, async (place) => {
    const chen = await Staff.arrive(place.desks, house, person, wishes.staff);
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    await story({ ...place, chen });
  });
}

/** From the link to the talk. */
export async function beginTalk(scene: Scene, limits: Limits = {}, origin = scene.house.origin, wishes: CitizenWishes = {}): Promise<Citizen> {
  const citizen = await Citizen.arrive(scene.phones, scene.house, limits, origin, wishes);
  await citizen.takeNumber();
  await citizen.sayHere();
  await scene.chen.acceptRing();
  await citizen.expectTalking();
  await scene.chen.expectTalking();
  return citizen;
}
