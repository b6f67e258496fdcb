import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { Citizen, expectMedia, keepTraces, openBrowser, Staff } from '../support/people';
import { joinLine, type Waiting } from '../support/crowd';

/** Calls under way talk again this soon after the server stands again. */
const TALKING_AGAIN_MS = 5_000;

const WINDOWS = ['wang', 'lin', 'zhao'] as const;

test('kill -9 with fifty waiting and three talking: same numbers, same order, nobody twice, talking again', async () => {
  const house = await House.setUp();
  const people = WINDOWS.map((name, i) => house.hire(name, `${name}老师`, `05${i}`));
  await house.open();
  const [phones, desks] = [await openBrowser(), await openBrowser()];
  try {
    const talks: { citizen: Citizen; staff: Staff; number: string }[] = [];
    for (const [i, person] of people.entries()) {
      const staff = await Staff.arrive(desks, house, person);
      await staff.signIn();
      await staff.goOnDuty(`${i + 1}号窗口`);
      const citizen = await Citizen.arrive(phones, house);
      const number = await citizen.takeNumber();
      await citizen.sayHere();
      await staff.acceptRing();
      await citizen.expectTalking();
      talks.push({ citizen, staff, number });
    }
    const [first] = talks;
    if (!first) throw new Error('three talk');
    await first.staff.page.getByLabel('打字给市民').fill('这句话不能丢');
    await first.staff.page.keyboard.press('Enter');
    await expect(first.citizen.page.getByText('这句话不能丢').first()).toBeVisible();
    await first.staff.saveRecord('居民养老', '已经登记的办件不能丢');

    const line: Waiting[] = [];
    for (let i = 0; i < 50; i += 1) line.push(await joinLine(house));
    const before = line.map((person) => person.number);
    expect(new Set(before).size).toBe(50);

    await house.kill();
    await house.open();
    const openAt = Date.now();
    await Promise.all(
      talks.map(async ({ citizen, staff }) => {
        await expectMedia(citizen.page, { sound: true });
        await expectMedia(staff.page, { sound: true });
      }),
    );
    const backMs = Date.now() - openAt;
    console.log(JSON.stringify({ name: 'talking_again_after_kill', value: backMs, unit: 'ms', bar: TALKING_AGAIN_MS }));
    expect(backMs, 'the calls talk again').toBeLessThan(TALKING_AGAIN_MS);

    const after = await Promise.all(line.map((person) => person.resume()));
    expect(after.map((person) => person.number)).toEqual(before);
    const ahead = after.slice(0, 6).map((person) => person.ahead);
    expect(ahead).toEqual([0, 1, 2, 3, 4, 5].map((count) => ({ is: 'exact', count })));
    for (const { citizen, number } of talks) await expect(citizen.page.getByRole('heading', { name: /正在和 .* 通话/ })).toBeVisible();
    expect(new Set([...before, ...talks.map((talk) => talk.number)]).size).toBe(53);
    await expect(first.citizen.page.getByText('这句话不能丢').first()).toBeVisible();
    await expect(first.staff.page.getByText(/已登记 · /).first()).toBeVisible();
  } catch (failure) {
    await keepTraces(house, [phones, desks], test.info().outputDir);
    throw failure;
  } finally {
    await phones.close();
    await desks.close();
    await house.close();
  }
});
