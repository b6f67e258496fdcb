import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { Citizen, Staff } from '../support/people';
import { rowsOf } from '../support/rows';
import { inHouse } from '../support/scene';

/** What is printed behind these words, up to the end of the line. */
async function linkBehind(house: House, words: string): Promise<string> {
  const line = new RegExp(`^${words}(\\S+)$`, 'm');
  await expect.poll(() => house.printed).toMatch(line);
  return house.printed.match(line)?.[1] ?? '';
}

test('make run prints a link that takes a number, and a name with a password that opens a window', async () => {
  const house = await House.made();
  await inHouse(house, async ({ phones, desks }) => {
    const citizenLink = await linkBehind(house, '群众扫码，或打开：');
    expect(await linkBehind(house, '窗口人员打开：')).toBe(`${house.origin}/staff`);
    const liNainai = await Citizen.blank(phones, house);
    await liNainai.page.goto(citizenLink);
    await expect(liNainai.page.getByText('新区街道便民服务中心').first()).toBeVisible();
    expect(await liNainai.takeNumber()).toBe('A1');

    const chen = await Staff.arrive(desks, house, house.demoPerson('chen'));
    await chen.signIn();
    await chen.goOnDuty('3号窗口');
    await liNainai.sayHere();
    await chen.acceptRing();
    await liNainai.expectTalking();

    // What make began ends with it, and leaves what was done.
    await house.shut();
    await expect(fetch(`${house.origin}/healthz`)).rejects.toThrow();
    expect(rowsOf(house, 'select number from visits')).toEqual([{ number: 'A1' }]);
  });
});
