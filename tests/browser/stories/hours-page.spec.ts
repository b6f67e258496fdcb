import { writeFileSync } from 'node:fs';
import { expect, type Locator, test } from '@playwright/test';
import type { House, Person } from '../support/house';
import type { Link } from '../support/link';
import { look } from '../support/look';
import { Citizen, Staff } from '../support/people';
import { inScene, overWire } from '../support/scene';

const QUEUES = [
  { id: 'a', name: '综合' },
  { id: 'b', name: '社保医保', groups: ['社会保险', '医疗保障'] },
];
const NEXT_YEAR = String(new Date(Date.now() + 8 * 3_600_000).getUTCFullYear() + 1);

/** The date in the hall. */
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);

/** When the minute that runs ends, by the clock of the hall. */
function endOfThisMinute(): string {
  const minute = (Math.floor(Date.now() / 60_000) + 8 * 60) % (24 * 60);
  return `${Math.floor((minute + 1) / 60)}:${String((minute + 1) % 60).padStart(2, '0')}`;
}

function pane(staff: Staff, heading: string): Locator {
  return staff.page.getByRole('region', { name: heading, exact: true });
}

async function openHours(staff: Staff): Promise<void> {
  await staff.button(/管理员/).click();
  await staff.button('上班时间和日历').click();
  await expect(staff.page.getByRole('heading', { name: '上班时间和日历', level: 1 })).toBeFocused();
  await expect(pane(staff, '大厅的上班时间').getByText('周一至周日 0:00–24:00')).toBeVisible();
}

/** What is typed wrong is told in words, row by row; what is right counts at once. */
async function givesTheHallItsLunch(wang: Staff): Promise<void> {
  const hall = pane(wang, '大厅的上班时间');
  await wang.button('修改：大厅的上班时间').click();
  await expect(wang.page.getByLabel('第 1 段，从周几')).toBeFocused();
  await wang.page.getByLabel('第 1 段，几点结束').fill('12：00');
  await wang.button('加一段').click();
  await wang.page.getByLabel('第 2 段，几点开始').fill('11:30');
  await wang.page.getByLabel('第 2 段，几点结束').fill('24:00');
  await wang.button('保存').click();
  await expect(hall.getByText('第 2 段和第 1 段的时间重在一起了，请错开。没有改。')).toBeVisible();
  await look(wang.page, 'staff-8-hours-wrong');
  await wang.page.getByLabel('第 2 段，几点开始').fill('12:00');
  await wang.page.getByLabel('第 2 段，几点结束').press('Enter');
  await expect(hall.getByText(/已改：大厅的上班时间，现在是 周一至周日 0:00–12:00 12:00–24:00。/)).toBeVisible();
  await expect(wang.button('修改：大厅的上班时间')).toBeFocused();
}

async function givesAQueueItsOwn(wang: Staff): Promise<void> {
  const queue = pane(wang, '「社保医保」的办理时间');
  await expect(queue.getByText('跟大厅一样')).toBeVisible();
  await wang.button('修改：「社保医保」的办理时间').click();
  await queue.getByLabel('第 1 段，几点开始').fill('0:00');
  await queue.getByLabel('第 1 段，几点结束').fill('24:00');
  await queue.getByLabel('第 1 段，到周几').selectOption({ label: '周日' });
  await queue.getByRole('button', { name: '保存' }).click();
  await expect(queue.getByText('周一至周日 0:00–24:00').first()).toBeVisible();
}

/** The table of a year is shown before it counts; a wrong line is named. */
async function importsAYear(wang: Staff, house: House): Promise<void> {
  const file = wang.page.getByLabel('选文件');
  const path = `${house.folder}/days.csv`;
  writeFileSync(path, `date,kind,name\n${NEXT_YEAR}-02-30,holiday,春节\n`);
  await file.setInputFiles(path);
  await expect(wang.page.getByText(`第 2 行读不懂：「${NEXT_YEAR}-02-30」。请改好再选一次，原来的日历没有变。`)).toBeVisible();
  const days = ['01-01,holiday,元旦', '02-04,short,除夕前一天,9:00-12:00', '02-05,holiday,春节', '02-20,working,春节调休'];
  writeFileSync(path, `date,kind,name,hours\n${days.map((day) => `${NEXT_YEAR}-${day}`).join('\n')}\n`);
  await file.setInputFiles([]);
  await file.setInputFiles(path);
  await expect(wang.page.getByText(`表里有 4 天，是 ${NEXT_YEAR} 年的。`)).toBeVisible();
  await look(wang.page, 'staff-8-hours-import', wang.button('换成这张表'));
  await wang.button('换成这张表').click();
  await expect(wang.page.getByText('已导入 4 天。现在起生效。')).toBeVisible();
  await expect(wang.page.getByLabel('年份')).toHaveValue(NEXT_YEAR);
  await wang.button(new RegExp(`^删掉：${NEXT_YEAR}年1月1日`)).click();
  await wang.button(new RegExp(`^真的删掉：${NEXT_YEAR}年1月1日`)).click();
  await expect(wang.page.getByText(/已删：.*元旦。这一天又照平常的周几来。/)).toBeVisible();
}

/** One more day; the same day twice is refused in words. */
async function addsADay(wang: Staff, day: string, kind: string, name: string, hours = ''): Promise<void> {
  const form = wang.page.getByRole('form', { name: '加一天' });
  await form.getByLabel('日期').fill(day);
  await form.getByLabel('类别').selectOption({ label: kind });
  await form.getByLabel('名称').fill(name);
  await form.getByLabel('当天时间（可不填）').fill(hours);
  await form.getByRole('button', { name: '加上' }).click();
}

test('an administrator changes week and calendar of the open hall; who waits is kept, and told when the day is over', async () => {
  let admin: Person = { name: '', password: '' };
  await inScene(
    async ({ house, phones, desks, chen }) => {
      await chen.page.keyboard.press('F9');
      await chen.button('用餐').click();
      const liNainai = await Citizen.arrive(phones, house);
      const number = await liNainai.takeNumber();

      const wang = await Staff.arrive(desks, house, admin);
      await wang.signIn();
      await openHours(wang);
      await look(wang.page, 'staff-8-hours');
      await givesTheHallItsLunch(wang);
      await givesAQueueItsOwn(wang);
      await importsAYear(wang, house);

      await addsADay(wang, today(), '放假', '停电检修');
      await expect(wang.page.getByText(/已加：.*停电检修。现在起生效。/)).toBeVisible();
      await addsADay(wang, today(), '半天', '停电检修');
      await expect(wang.page.getByText(/这一天已经有了：/)).toBeVisible();
      await look(wang.page, 'staff-8-hours-changed', wang.page.getByText(/这一天已经有了：/));
      const history = wang.page.getByText(/管理员：节假日和调休，从「没有」改成「.*停电检修」。/);
      await look(wang.page, 'staff-8-hours-history', history);

      // Nobody new, and whoever waits keeps the number and has a choice.
      const wuDashu = await Citizen.arrive(phones, house);
      await expect(wuDashu.page.getByRole('heading', { name: '现在下班了。' })).toBeVisible();
      expect(await liNainai.number()).toBe(number);
      await expect(liNainai.page.getByRole('heading', { name: new RegExp(`您是 ${number} 号`) })).toBeVisible();

      // The day becomes one that ends with this minute: nobody serves, so her wait ends as at any closing, and she may leave a number.
      await wang.button(/^删掉：.*停电检修/).click();
      await wang.button(/^真的删掉：.*停电检修/).click();
      await expect(wang.page.getByText(/已删：.*停电检修/)).toBeVisible();
      await wuDashu.page.reload();
      await expect(wuDashu.button('找工作人员帮忙')).toBeVisible();
      await addsADay(wang, today(), '半天', '停电检修', `0:00-${endOfThisMinute()}`);
      await expect(wang.page.getByText(/已加：.*停电检修 0:00–/)).toBeVisible();
      await expect(liNainai.page.getByRole('heading', { name: '大厅下班了，今天排不上了' })).toBeVisible({ timeout: 70_000 });
      await expect(liNainai.button('留个电话，上班后给您回')).toBeVisible();
      await look(liNainai.page, 'citizen-8-closed-out-early');

      await house.kill();
      await house.open();
      await wang.page.reload();
      await wang.button(/管理员/).click();
      await wang.button('上班时间和日历').click();
      await expect(pane(wang, '大厅的上班时间').getByText('周一至周日 0:00–12:00 12:00–24:00')).toBeVisible();
    },
    {
      prepare: async (house) => {
        house.amend({ queues: QUEUES });
        admin = house.giveAnother('admin');
      },
    },
  );
});

/** Every line of the history that tells of the hall's own week. */
function changesOfTheWeek(staff: Staff): Locator {
  return pane(staff, '最近改过的').getByText(/：大厅的上班时间，从/);
}

/** The network is gone as she saves; what a colleague changed meanwhile is shown once it is back, and what she typed is saved then. */
async function savesOverADeadNetwork(wang: Staff, zhao: Staff, wire: Link): Promise<void> {
  const hall = pane(wang, '大厅的上班时间');
  await wang.button('修改：大厅的上班时间').click();
  await wang.page.getByLabel('第 1 段，几点结束').fill('18:00');
  // The socket is dead in silence, and a new request comes to nothing at once.
  wire.cut();
  await wang.context.setOffline(true);
  await wang.button('保存').click();
  await expect(hall.getByText('不知道存上没有。网络不通，连不上大厅。内容都在，网络好了请再点一次。')).toBeVisible();
  await expect(wang.page.getByLabel('第 1 段，几点结束')).toHaveValue('18:00');
  await look(wang.page, 'staff-8-hours-network');
  await givesAQueueItsOwn(zhao);
  wire.mend();
  await wang.context.setOffline(false);
  await expect(pane(wang, '「社保医保」的办理时间').getByText('周一至周日 0:00–24:00')).toBeVisible();
  await expect(wang.page.getByText(/没有取到/)).toHaveCount(0);
  await wang.button('保存').click();
  await expect(hall.getByText(/已改：大厅的上班时间，现在是 周一至周日 0:00–18:00。/)).toBeVisible();
  await expect(pane(zhao, '大厅的上班时间').getByText('周一至周日 0:00–18:00')).toBeVisible();
}

/** The hall stored it and its answer was lost: she is not told that it was not stored, and pressing again changes nothing twice. */
async function losesTheAnswer(wang: Staff, zhao: Staff): Promise<void> {
  const hall = pane(wang, '大厅的上班时间');
  await wang.button('修改：大厅的上班时间').click();
  await wang.page.getByLabel('第 1 段，几点结束').fill('20:00');
  await wang.page.route('**/api/staff/hours', async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await wang.button('保存').click();
  await expect(hall.getByText(/^不知道存上没有。/)).toBeVisible();
  await expect(pane(zhao, '大厅的上班时间').getByText('周一至周日 0:00–20:00')).toBeVisible();
  await wang.button('保存').click();
  await expect(hall.getByText(/已改：大厅的上班时间，现在是 周一至周日 0:00–20:00。/)).toBeVisible();
  await expect(changesOfTheWeek(wang)).toHaveCount(2);
}

test('an administrator on a dead network loses nothing, and another administrator is told', async () => {
  let people: readonly [Person, Person] = [{ name: '', password: '' }, { name: '', password: '' }];
  await overWire(
    'phones',
    async ({ house, desks, wire }) => {
      const wang = await Staff.arrive(desks, house, people[0], {}, wire.origin);
      const zhao = await Staff.arrive(desks, house, people[1]);
      for (const administrator of [wang, zhao]) {
        await administrator.signIn();
        await openHours(administrator);
      }
      await savesOverADeadNetwork(wang, zhao, wire);
      await losesTheAnswer(wang, zhao);
    },
    {
      prepare: async (house) => {
        house.amend({ queues: QUEUES });
        people = [house.giveAnother('admin'), house.hire('zhao', '赵管理员', '0002', '--administrator')];
      },
    },
  );
});
