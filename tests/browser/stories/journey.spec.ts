import { expect, test } from '@playwright/test';
import { type Moment, walk } from '../support/journey';
import { look, lookClosely, lookThrough } from '../support/look';
import type { Citizen } from '../support/people';
import type { Picture } from '../support/screens';

/** What is kept of each moment, by the page it stands on. */
const SCREENS: Record<Moment, { phone?: Picture; desk?: Picture }> = {
  arrived: { phone: 'citizen-1-entry', desk: 'staff-1-sign-in' },
  newPassword: { desk: 'staff-1-choose-password' },
  shortPassword: { desk: 'staff-1-password-short' },
  choosing: { phone: 'citizen-2-items', desk: 'staff-2-seat' },
  waiting: { phone: 'citizen-4-queue' },
  near: { phone: 'citizen-4-near' },
  ringing: { desk: 'staff-3-ring' },
  talking: { phone: 'citizen-6-voice', desk: 'staff-4-voice' },
  seeing: { phone: 'citizen-6-video', desk: 'staff-5-video' },
  showing: { phone: 'citizen-6-share', desk: 'staff-6-share' },
  wrappingUp: { desk: 'staff-7-wrap-up' },
  recorded: { phone: 'citizen-8-done' },
  correcting: { phone: 'citizen-8-correct' },
  rated: { phone: 'citizen-8-rated' },
  booked: { desk: 'staff-8-records' },
  editing: { desk: 'staff-8-edit' },
  versions: { desk: 'staff-8-versions' },
};

/** The citizen's main screens: the way in, the line, the call, the end. */
const MAIN: readonly Moment[] = ['arrived', 'waiting', 'near', 'talking', 'showing', 'recorded'];

/** Asked whether she is there while she reads further down, she finds the way back on the screen. */
async function wandersOff({ page }: Citizen): Promise<void> {
  const way = page.getByRole('button', { name: '快到您了，去点「我在」' });
  const here = page.getByRole('button', { name: '我在', exact: true });
  await expect(way).toHaveCount(0);
  const telephone = page.getByRole('link', { name: /12345/ }).last();
  await telephone.scrollIntoViewIfNeeded();
  await expect(way).toBeInViewport({ ratio: 1 });
  await look(page, 'citizen-4-near-away', telephone);
  await way.click();
  await expect(here).toBeInViewport({ ratio: 1 });
  await expect(way).toHaveCount(0);
}

/** In large letters, too, what came of the visit stands above the bar at the foot, and not behind it. */
async function seesTheResult({ page }: Citizen): Promise<void> {
  await lookThrough(page, '-elder');
  const foot = await page.locator('.screen__foot').boundingBox();
  const next = await page.getByText(/^结果：/).boundingBox();
  expect((next?.y ?? Infinity) + (next?.height ?? 0)).toBeLessThanOrEqual(foot?.y ?? 0);
  await lookThrough(page, '');
}

/** The picture comes where it can be pressed. */
async function keepsTheSlip(liNainai: Citizen): Promise<void> {
  const { page } = liNainai;
  await liNainai.button('存到手机').click();
  const picture = page.getByRole('img', { name: /办事小条/ });
  await expect(picture).toBeInViewport({ ratio: 0.9 });
  await look(page, 'citizen-8-kept', picture);
}

// T34: the browser is given microphone, camera and screen by the pages as they ship, under our own security headers.
test('li_nainai scans, waits, talks, is shown a screen, is logged and rates', async () => {
  await walk(async (moment, { chen, liNainai }) => {
    const { phone, desk } = SCREENS[moment];
    const shown = moment === 'showing' ? liNainai.page.getByRole('region', { name: /给您看的页面/ }) : undefined;
    if (phone) await (MAIN.includes(moment) ? lookClosely : look)(liNainai.page, phone, shown);
    if (desk) await look(chen.page, desk);
    if (moment === 'near') await wandersOff(liNainai);
    if (moment === 'recorded') await seesTheResult(liNainai);
    if (moment === 'rated') await keepsTheSlip(liNainai);
  });
});
