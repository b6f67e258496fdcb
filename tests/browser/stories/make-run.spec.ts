import { expect, test } from '@playwright/test';
import { House } from '../support/house';
import { walkFromTheLink } from '../support/journey';
import { Citizen, Staff } from '../support/people';
import { inHouse } from '../support/scene';

/** What is printed behind these words, up to the end of the line. */
async function linkBehind(house: House, words: string): Promise<string> {
  const line = new RegExp(`^${words}(\\S+)$`, 'm');
  await expect.poll(() => house.printed).toMatch(line);
  return house.printed.match(line)?.[1] ?? '';
}

test('make run prints a link and a name with a password, and these lead from a number to a rating', async () => {
  const house = await House.made();
  await inHouse(house, async ({ phones, desks }) => {
    const citizenLink = await linkBehind(house, '群众扫码，或打开：');
    expect(await linkBehind(house, '窗口人员打开：')).toBe(`${house.origin}/staff`);
    const liNainai = await Citizen.blank(phones, house);
    await liNainai.page.goto(citizenLink);
    await expect(liNainai.page.getByText('新区街道便民服务中心').first()).toBeVisible();
    const chen = await Staff.arrive(desks, house, house.demoPerson('chen'));
    await walkFromTheLink(house, { chen, liNainai });

    // What make began ends with it, and leaves what was done.
    await expect(fetch(`${house.origin}/healthz`)).rejects.toThrow();
  });
});
