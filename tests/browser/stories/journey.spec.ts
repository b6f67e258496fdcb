import { expect, test } from '@playwright/test';
import { type Moment, walk } from '../support/journey';
import { look, lookClosely } from '../support/look';
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

// T34: the browser is given microphone, camera and screen by the pages as they ship, under our own security headers.
test('li_nainai scans, waits, talks, is shown a screen, is logged and rates', async () => {
  await walk(async (moment, { chen, liNainai }) => {
    const { phone, desk } = SCREENS[moment];
    const shown = moment === 'showing' ? liNainai.page.getByRole('region', { name: /给您看的页面/ }) : undefined;
    if (phone) await (MAIN.includes(moment) ? lookClosely : look)(liNainai.page, phone, shown);
    if (desk) await look(chen.page, desk);
    if (moment !== 'rated') return;
    await liNainai.button('存到手机').click();
    await expect(liNainai.page.getByRole('img', { name: /办事小条/ })).toBeVisible();
    await liNainai.page.getByRole('img', { name: /办事小条/ }).scrollIntoViewIfNeeded();
    await look(liNainai.page, 'citizen-8-kept');
  });
});
