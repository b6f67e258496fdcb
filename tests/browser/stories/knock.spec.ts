import { expect, test } from '@playwright/test';
import { joinLine } from '../support/crowd';
import { look } from '../support/look';
import { inScene } from '../support/scene';

test('a window that calls by hand is told by a knock that somebody waits, and may mute it for a while', async () => {
  await inScene(async ({ chen, house }) => {
    await chen.button(/在线/).click();
    await chen.button(/^按需/).click();
    await joinLine(house);
    await expect(chen.page.getByText('有 1 位在等，不会自动叫号')).toBeVisible();
    await look(chen.page, 'staff-2-knock');
    await chen.button('提示音静音 10 分钟').click();
    await expect(chen.page.getByText(/提示音关到 \d{1,2}:\d\d，叫号照样响铃/)).toBeVisible();
    await look(chen.page, 'staff-2-knock-muted');
    await chen.button('现在打开').click();
    await expect(chen.button('提示音静音 10 分钟')).toBeVisible();
  });
});
