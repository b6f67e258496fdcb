// What most stories begin with: a house set up with `init`, one window on duty, two browsers.
import { type Browser, test } from '@playwright/test';
import { House } from './house';
import { Citizen, keepTraces, openBrowser, Staff, type Wishes as CitizenWishes } from './people';
import type { Limits } from './watch';

export type Scene = { house: House; phones: Browser; desks: Browser; chen: Staff };

/** What a story wants to be different. */
export type Wishes = { staff?: Limits; prepare?: (house: House) => Promise<void> };

/** Runs a story and always closes what it opened; keeps pictures of the pages when it fails. */
export async function inScene(story: (scene: Scene) => Promise<void>, wishes: Wishes = {}): Promise<void> {
  const house = await House.setUp();
  const person = house.hire('chen', '陈老师', '0412');
  await wishes.prepare?.(house);
  await house.open();
  const [phones, desks] = [await openBrowser(), await openBrowser()];
  try {
    const chen = await Staff.arrive(desks, house, person, wishes.staff);
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    await story({ house, phones, desks, chen });
  } catch (failure) {
    await keepTraces(house, [phones, desks], test.info().outputDir);
    throw failure;
  } finally {
    await phones.close();
    await desks.close();
    await house.close();
  }
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
