// The main job from end to end, act by act: link, number, ring, talk, picture, shown screen, record, rating, rows. Stories walk it on
// different ways and look on at its moments.
import { expect } from '@playwright/test';
import { House } from './house';
import { Citizen, expectMedia, expectRunning, Staff } from './people';
import { expectWholeChain, rowsOf } from './rows';
import { inHouse } from './scene';
import { decoded, type Limits } from './watch';

/** A moment at which both pages wait for their person, in the order of the journey. */
export type Moment =
  | 'arrived' | 'newPassword' | 'shortPassword' | 'choosing' | 'waiting' | 'near' | 'ringing' | 'talking' | 'seeing' | 'showing'
  | 'wrappingUp' | 'recorded' | 'correcting' | 'rated' | 'booked' | 'editing' | 'versions';

export type People = { chen: Staff; liNainai: Citizen };

/** Sees each moment before the journey goes on. */
export type Onlooker = (moment: Moment, people: People) => Promise<void>;

/** What is different about the two pages. */
export type Wishes = { phone?: Limits; desk?: Limits };

const NOTE = '来问怎么参保，已经说清楚';
const LONGER_NOTE = `${NOTE}，材料单发过去了`;

/** The whole journey of li_nainai in the hall that `make run` opens. */
export async function walk(look: Onlooker, { phone, desk }: Wishes = {}): Promise<void> {
  await inHouse(await House.demonstration(), async ({ house, phones, desks }) => {
    const chen = await Staff.arrive(desks, house, house.demoPerson('chen'), desk);
    const liNainai = await Citizen.arrive(phones, house, phone);
    await walkFromTheLink(house, { chen, liNainai }, look);
  });
}

/** The same from where both have opened their link, each in their own way, to what is stored in the house that is closed at the end. */
export async function walkFromTheLink(house: House, people: People, look: Onlooker = async () => undefined): Promise<void> {
  const seen = (moment: Moment) => look(moment, people);
  await takesANumber(people, seen);
  await isRung(people, seen);
  await hearAndSee(people, seen);
  await isShownAScreen(people, seen);
  await isLogged(people, seen);
  await isWrittenAgain(people.chen, seen);
  await house.shut();
  expectStored(house);
}

type Seen = (moment: Moment) => Promise<void>;

async function takesANumber({ chen, liNainai }: People, seen: Seen): Promise<void> {
  await expect(liNainai.button('找工作人员帮忙')).toBeVisible();
  await expect(chen.page.getByLabel('登录名')).toBeVisible();
  await seen('arrived');
  await choosesAPassword(chen, seen);
  await liNainai.button('找工作人员帮忙').click();
  await expect(liNainai.page.getByRole('heading', { name: '您要办什么事?' })).toBeVisible();
  await seen('choosing');
  await liNainai.button('我说不清，直接找人').click();
  expect(await liNainai.number()).toBe('A1');
  await seen('waiting');
}

async function choosesAPassword(chen: Staff, seen: Seen): Promise<void> {
  await chen.useOneTimePassword();
  await seen('newPassword');
  await chen.choosePassword('chen-1234');
  await expect(chen.page.getByText('新密码要 10 位以上，您填了 9 位。').first()).toBeVisible();
  await seen('shortPassword');
  await chen.choosePassword('hebian-xiaoqiao-7');
  await expect(chen.page.getByRole('heading', { name: '今天坐哪个窗口?' })).toBeVisible();
}

async function isRung({ chen, liNainai }: People, seen: Seen): Promise<void> {
  await chen.goOnDuty('3号窗口');
  await expect(liNainai.button('我在')).toBeVisible();
  await seen('near');
  await liNainai.sayHere();
  await expect(chen.page.getByText('请接听').first()).toBeVisible();
  await seen('ringing');
  await chen.acceptRing();
  await liNainai.expectTalking();
  await chen.expectTalking();
}

/** Voice first; the camera is a second consent, each side for itself. */
async function hearAndSee({ chen, liNainai }: People, seen: Seen): Promise<void> {
  await expectMedia(liNainai.page, { sound: true });
  await expectMedia(chen.page, { sound: true });
  await seen('talking');
  await liNainai.button('开摄像头').click();
  await expectMedia(chen.page, { sound: true, picture: true });
  await chen.button(/^视频/).click();
  await expectMedia(liNainai.page, { sound: true, picture: true });
  await seen('seeing');
}

async function isShownAScreen({ chen, liNainai }: People, seen: Seen): Promise<void> {
  await chen.button(/^共享材料/).click();
  await expect(liNainai.page.getByText('给您看的页面').first()).toBeVisible();
  await expectRunning(liNainai.page.getByLabel(/给您看的页面/).locator('video'));
  await expect.poll(() => shareFrames(liNainai), { message: 'frames of the shown screen are decoded' }).toBeGreaterThan(await shareFrames(liNainai));
  await expectMedia(liNainai.page, { sound: true, picture: true });
  await expectMedia(chen.page, { sound: true, picture: true });
  await seen('showing');
}

const shareFrames = async (citizen: Citizen): Promise<number> => (await decoded(citizen.page)).pictures.share?.frames ?? 0;

async function isLogged({ chen, liNainai }: People, seen: Seen): Promise<void> {
  await liNainai.hangUp();
  await expect(chen.page.getByText('收尾：把办件登记好').first()).toBeVisible();
  await seen('wrappingUp');
  await chen.saveRecord('居民养老', NOTE);
  await expect(chen.page.getByRole('heading', { name: '办件已经登记，可以接下一位' })).toBeVisible();
  await expect(chen.page.getByText(/市民挂断了，通话结束/)).toBeVisible();
  await seen('recorded');
  // The thumb slips, and is forgiven.
  await liNainai.rate('不满意');
  await liNainai.button('评错了? 改一改').click();
  await seen('correcting');
  await liNainai.rate('非常满意');
  await seen('rated');
  await expect(chen.page.getByText('非常满意')).toHaveCount(0);
  await chen.button(/^完成/).click();

  await chen.page.getByRole('button', { name: /办件登记簿/ }).or(chen.page.getByRole('link', { name: /办件登记簿/ })).first().click();
  await expect(chen.page.getByRole('row', { name: /城乡居民基本养老保险参保登记/ })).toBeVisible();
  await seen('booked');
}

/** A second version of the record; the first stays. */
async function isWrittenAgain(chen: Staff, seen: Seen): Promise<void> {
  const dialog = chen.page.getByRole('dialog');
  await chen.button(/^修改/).click();
  await dialog.getByLabel(/过程备注/).fill(LONGER_NOTE);
  await seen('editing');
  await chen.button('保存修改').click();
  await expect(dialog).toHaveCount(0);
  await chen.button(/^看各版/).click();
  await expect(dialog.getByText('第 2 版')).toBeVisible();
  await expect(dialog.getByText('第 1 版')).toBeVisible();
  await seen('versions');
}

/** What the one visit left behind, row by row. */
function expectStored(house: House): void {
  const visits = rowsOf(house, 'select id, number, state, window_id, staff, closed_at_ms is not null as closed from visits');
  const [visit] = visits;
  expect(visits).toEqual([{ id: visit?.id, number: 'A1', state: 'closed', window_id: null, staff: null, closed: 1 }]);

  expect(rowsOf(house, 'select visit, outcome from outcomes')).toEqual([{ visit: visit?.id, outcome: 'served' }]);
  const version = (version: number, note: string) => ({
    visit: visit?.id,
    version,
    visit_number: 'A1',
    item_name: '城乡居民基本养老保险参保登记',
    kind: 'answer',
    result: 'answered',
    staff_name: '陈老师',
    window_name: '3号窗口',
    words: expect.stringContaining(`"${note}"`),
  });
  const columns = 'visit, version, visit_number, item_name, kind, result, staff_name, window_name, words';
  expect(rowsOf(house, `select ${columns} from records order by version`)).toEqual([version(1, NOTE), version(2, LONGER_NOTE)]);
  expect(rowsOf(house, 'select visit, level from ratings')).toEqual([{ visit: visit?.id, level: 'very_satisfied' }]);

  // Every step of the visit is an event, and none holds words of people.
  expectWholeChain(house);
  const events = rowsOf(house, 'select cause, visit, body from events order by seq');
  const causes = new Set(events.filter((event) => event.visit === visit?.id).map((event) => event.cause));
  for (const cause of ['took_number', 'record_saved', 'rated', 'rating_corrected']) expect(causes).toContain(cause);
  expect(events.filter((event) => String(event.body).includes(NOTE))).toEqual([]);
}
