import { expect, test } from '@playwright/test';
import { Citizen } from '../support/people';
import { inScene } from '../support/scene';

test('one tap on 大字 makes every letter larger, for good, until it is tapped again', async () => {
  await inScene(async ({ house, phones }) => {
    const liNainai = await Citizen.arrive(phones, house);
    const { page } = liNainai;
    const large = page.getByRole('button', { name: '大字' });
    const words = page.getByText('工作人员在线，一对一帮您。').first();
    const size = () => words.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
    const expectFits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);

    await expect(large).toHaveAttribute('aria-pressed', 'false');
    const normal = await size();
    expect(normal, 'body text').toBeGreaterThanOrEqual(18);
    await large.tap();
    await expect(large).toHaveAttribute('aria-pressed', 'true');
    expect(await size(), 'by a third').toBeGreaterThanOrEqual(normal * 1.3);
    await expectFits();
    const button = await liNainai.button('找工作人员帮忙').boundingBox();
    expect(button?.height, 'as high as a thumb is wide').toBeGreaterThanOrEqual(64);

    await page.reload();
    await expect(large).toHaveAttribute('aria-pressed', 'true');
    expect(await size(), 'after a reload').toBeGreaterThanOrEqual(normal * 1.3);

    // It goes along from screen to screen.
    await liNainai.takeNumber();
    await expect(large).toHaveAttribute('aria-pressed', 'true');
    await expectFits();

    await large.tap();
    await expect(large).toHaveAttribute('aria-pressed', 'false');
    await page.reload();
    await expect(large).toHaveAttribute('aria-pressed', 'false');
    await expect.poll(() => page.evaluate(() => getComputedStyle(document.body).fontSize)).toBe(`${normal}px`);
  });
});
