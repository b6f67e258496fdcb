import { expect, type Page, test } from '@playwright/test';
import { House } from '../support/house';
import { look } from '../support/look';
import { Citizen, Staff } from '../support/people';
import { inHouse } from '../support/scene';

// Whatever one person types, another reads (T06). Each of these would run, were it ever taken for more than words.
const LINE = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';
const ANSWER = '"\'><iframe srcdoc="<script>parent.ran=1</script>"></iframe>';
const NOTE = '</textarea><script>window.ran=1</script>';
const NEXT_STEP = '<a href="javascript:window.ran=1" onclick="window.ran=1">请点</a>';
const CITIZEN = '<svg onload=ran=1>';
const STAFF = '陈<img src=x onerror=ran=1>';
const HALL = '新区</script><script>window.ran=1</script>中心';

/** Remembers what a page tried that it should not even try. */
function watchTries(page: Page): string[] {
  const tries: string[] = [];
  page.on('dialog', (dialog) => {
    tries.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (line) => {
    if (line.text().includes('Content Security Policy')) tries.push(line.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.endsWith('/x')) tries.push(request.url());
  });
  return tries;
}

/** Nothing ran, and no element was made of it. */
async function expectHarmless(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    ran: (window as Window & { ran?: number }).ran,
    made: [...document.querySelectorAll('img[src="x"], svg, iframe, [onerror], [onload], [onclick], a[href^="javascript:"]')].map((made) => made.outerHTML),
    scripts: [...document.scripts].filter((script) => script.type !== 'application/json' && script.text.includes('ran=1')).length,
  }));
  expect(found).toEqual({ ran: undefined, made: [], scripts: 0 });
}

test('a script in a name, in a line or in a note is words on both pages, and runs on neither', async () => {
  const house = await House.setUp({ name: HALL });
  const person = house.hire('chen', STAFF, '0412');
  await inHouse(house, async ({ phones, desks }) => {
    const liNainai = await Citizen.blank(phones, house);
    const tries = watchTries(liNainai.page);
    await liNainai.page.goto(`${house.origin}/h/${house.hall}`);
    await expect(liNainai.page.getByText(HALL, { exact: true }).first()).toBeVisible();
    await expectHarmless(liNainai.page);
    await liNainai.takeNumber();
    await liNainai.openContact();
    await liNainai.page.getByLabel('称呼').fill(CITIZEN);
    await liNainai.button('保存').click();
    await expect(liNainai.page.getByText(CITIZEN).first()).toBeVisible();
    await liNainai.writeAhead(LINE);
    await expect(liNainai.page.getByText(LINE, { exact: true })).toBeVisible();
    await look(liNainai.page, 'citizen-4-script');
    await expectHarmless(liNainai.page);

    const chen = await Staff.arrive(desks, house, person);
    const deskTries = watchTries(chen.page);
    await chen.signIn();
    await expect(chen.page.getByText(STAFF).first()).toBeVisible();
    await chen.goOnDuty('3号窗口');
    await liNainai.sayHere();
    await expect(chen.page.getByLabel('请接听').getByText(LINE, { exact: true })).toBeVisible();
    await expectHarmless(chen.page);
    await chen.acceptRing();
    await liNainai.expectTalking();
    await expect(chen.page.getByRole('log').getByText(LINE, { exact: true })).toBeVisible();
    await expect(liNainai.page.getByRole('heading', { name: STAFF })).toBeVisible();
    await chen.page.getByLabel('打字给市民').fill(ANSWER);
    await chen.page.keyboard.press('Enter');
    await expect(liNainai.page.getByText(ANSWER, { exact: true })).toBeVisible();
    await expect(chen.page.getByRole('log').getByText(ANSWER, { exact: true })).toBeVisible();
    await expectHarmless(liNainai.page);
    await chen.page.getByLabel('告诉市民的下一步').fill(NEXT_STEP);
    await chen.saveRecord('居民养老', NOTE);
    await expectHarmless(chen.page);

    await liNainai.hangUp();
    await expect(liNainai.page.getByText(NEXT_STEP).first()).toBeVisible();
    await look(liNainai.page, 'citizen-8-script');
    await expectHarmless(liNainai.page);

    await chen.button(/^完成/).click();
    await chen.button('办件登记簿').click();
    const row = chen.page.getByRole('row').filter({ hasText: NOTE });
    await expect(row.getByText(STAFF)).toBeVisible();
    await look(chen.page, 'staff-8-script');
    await chen.button(/^看各版/).click();
    await expect(chen.page.getByRole('dialog').getByText(NOTE, { exact: true })).toBeVisible();
    await expect(chen.page.getByRole('dialog').getByText(NEXT_STEP)).toBeVisible();
    await expectHarmless(chen.page);
    expect([...tries, ...deskTries], 'nothing was even tried').toEqual([]);
  });
});
