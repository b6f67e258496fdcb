import { FakeSocket } from '@kit/connection/testing';
import type { ServerMessage, Unanswered } from '@protocol';
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  aRecord,
  aView,
  chen,
  closed,
  connecting,
  dropped,
  emptySeat,
  inLine,
  lineOf,
  liNainai,
  MINUTE,
  rung,
  said,
  serving,
  TEN,
  visitIs,
  welcome,
  window3,
  windowIs,
} from '../testing';
import ConsoleFrame from './ConsoleFrame.vue';

let page: VueWrapper;
const items = [
  { code: 'YB01', name: '城乡居民医保参保登记', aliases: ['新农合'], group: '医疗保障', initials: 'cxjmybcbdj' },
];

beforeEach(() => {
  vi.useFakeTimers({ now: TEN });
  FakeSocket.opened = [];
  sessionStorage.clear();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', (path: string) =>
    Promise.resolve(new Response(JSON.stringify(path.endsWith('/items') ? items : { ticket: 't', halls: [] }))),
  );
});
afterEach(() => {
  page.unmount();
  vi.useRealTimers();
});

/** The console of chen, opened and greeted with a view. */
async function open(view = aView(), me = chen): Promise<void> {
  page = mount(ConsoleFrame, { props: { me }, attachTo: document.body });
  await flushPromises();
  FakeSocket.last.open();
  await hear(welcome(view));
}
async function hear(...messages: ServerMessage[]): Promise<void> {
  for (const message of messages) FakeSocket.last.hear(message);
  await flushPromises();
}
/** The last operation of a kind, answered. */
async function answer(type: string, code: string | null = null): Promise<Record<string, unknown>> {
  const operation = FakeSocket.last.said(type).at(-1);
  if (!operation) throw new Error(`nobody asked to ${type}`);
  const key = operation['key'] as string;
  await hear(
    code === null ? { topic: 'reply', type: 'done', key, value: null } : { topic: 'reply', type: 'refused', key, code },
  );
  return operation;
}
const button = (name: string) => {
  const found = page.findAll('button').find((one) => one.text().startsWith(name));
  if (!found) throw new Error(`no button ${name} in: ${page.text()}`);
  return found;
};
/** What is to be done next, as the desk stresses it. */
const mains = () => page.findAll('main .tool--main').map((one) => one.text().replace(/[A-Z].*$/, ''));
const press = async (name: string) => {
  await button(name).trigger('click');
  await flushPromises();
};
const key = (name: string, more: KeyboardEventInit = {}) => {
  (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent('keydown', { key: name, code: name, bubbles: true, cancelable: true, ...more }),
  );
  return flushPromises();
};
const until = TEN + 20_000;
const talking = () => windowIs(window3({ is: 'talking', visit: 'li_nainai' }));
const wrapUp = () => windowIs(window3({ is: 'wrap_up', visit: 'li_nainai', until: TEN + MINUTE, overdue: false }));

it('counts the people it talked with, whose records may not be saved yet, in words that say so', async () => {
  await open(aView({ served_today: 3, mean_talk_ms: 4 * MINUTE }));
  expect(page.text()).toContain('今日接待 3 位');
});

describe('an emergency', () => {
  const suspension = { text: '大楼停电。', since: TEN, until: null as number | null, waiting: 'served' as const };
  const told = (now: typeof suspension | null): ServerMessage => ({
    topic: 'suspension',
    type: 'changed',
    seq: 7,
    suspension: now,
  });

  it('is on every console, and only a supervisor ends it', async () => {
    await open();
    await hear(told(suspension));
    expect(page.text()).toContain('紧急停办中，不取新号：大楼停电。');
    expect(page.text()).not.toContain('恢复取号');
    await press('菜单');
    expect(page.text()).not.toContain('停办…');
    await hear(told(null));
    expect(page.text()).not.toContain('停办中');
  });

  it('is begun by a supervisor with a text, and ended by the same', async () => {
    await open(aView(), { ...chen, role: 'administrator' });
    await press('菜单');
    const apart = page.get('.top__hall-acts');
    expect(apart.text()).toBe('全大厅取号紧急停办…');
    await press('紧急停办…');
    expect(button('停办，不再取新号').classes()).toContain('tool--danger');
    await press('停办，不再取新号');
    expect(page.text()).toContain('请写几个字');
    await page.find('textarea').setValue('大楼停电。');
    await page.find('select').setValue('hour');
    await page.find('input[value=called_back]').setValue(true);
    await page.find('dialog form').trigger('submit');
    const asked = await answer('begin');
    expect(asked).toMatchObject({ text: '大楼停电。', waiting: 'called_back', until: TEN + 60 * MINUTE });
    expect(page.find('dialog').exists()).toBe(false);
    await hear(told(suspension));
    await press('恢复取号');
    await answer('end');
  });

  it('keeps its end when only the text is changed', async () => {
    await open(aView(), { ...chen, role: 'administrator' });
    const until = TEN + 90 * MINUTE;
    await hear(told({ ...suspension, until }));
    await press('菜单');
    await press('改停办的说明…');
    expect(page.find('dialog').text()).not.toContain('不停办');
    expect(page.find<HTMLSelectElement>('select').element.selectedOptions[0]?.text).toBe('不变（11:30）');
    await page.find('textarea').setValue('大楼还没来电。');
    await page.find('dialog form').trigger('submit');
    expect(await answer('begin')).toMatchObject({ text: '大楼还没来电。', until });
    await press('菜单');
    await press('改停办的说明…');
    await press('不改了');
    expect(page.find('dialog').exists()).toBe(false);
  });
});

describe('a transfer', () => {
  const zhao = { ...window3(), id: '2', name: '2号窗口', staff: 'zhao', staff_name: '赵老师' };
  const wang = {
    ...window3({ is: 'talking', visit: 'wu' }),
    id: '1',
    name: '1号窗口',
    staff: 'wang',
    staff_name: '王老师',
  };
  const moving = {
    state: 'transferring' as const,
    to: { window: '2号窗口', name: '赵老师', badge: '0032', hall: '新区街道便民服务中心' },
  };
  const talk = () => hear(visitIs(liNainai({ status: serving(), record: aRecord() })), talking());

  it('offers the windows that are free, rings the one chosen, and can be taken back', async () => {
    await open(aView({ windows: [window3(), zhao, wang] }));
    await talk();
    await press('转接');
    const sheet = page.find('dialog');
    expect(button('2号窗口 赵老师').text()).toContain('空闲');
    expect(sheet.text()).toContain('1号窗口 王老师 · 在接待');
    expect(sheet.findAll('button').some((one) => one.text().includes('1号窗口'))).toBe(false);
    expect(sheet.text()).toContain('现在没有主管在接号。');
    expect(sheet.text()).toContain('A 队');
    await press('2号窗口 赵老师');
    expect(await answer('transfer')).toMatchObject({ topic: 'window', to: { is: 'staff', staff: 'zhao' } });
    await hear(visitIs(liNainai({ status: moving })), windowIs(window3({ is: 'holding', visit: 'li_nainai' })));
    expect(page.text()).toContain('正在转给2号窗口 赵老师');
    await press('不转了');
    await answer('resume');
  });

  it('back into the line, at the place of the first arrival', async () => {
    await open();
    await talk();
    await press('转接');
    expect(page.find('dialog').text()).toContain('现在没有同事空着。可以转回队伍里，或等一等再转。');
    await press('A 队');
    expect(await answer('transfer')).toMatchObject({ to: { is: 'queue', queue: 'a' } });
    await hear(visitIs(null), windowIs(window3()));
    expect(page.text()).toContain('准备好了，等叫号');
  });

  it('says to the other window what comes, and that it goes back when nobody answers', async () => {
    await open();
    await hear(rung(liNainai({ status: moving }), until));
    const card = page.find('[aria-label="请接听"]').text();
    expect(card).toContain('同事转来的');
    expect(card).toContain('回到原来的窗口');
  });
});

describe('a call-back', () => {
  const callback = { attempts: 1, most: 2 };
  const accepted = () => [
    visitIs(liNainai({ status: connecting(TEN + 2 * MINUTE), callback })),
    windowIs(window3({ is: 'connecting', visit: 'li_nainai', until: TEN + 2 * MINUTE })),
  ];
  const showNumber = async () => {
    await press('显示号码');
    const key = FakeSocket.last.said('reveal_phone').at(-1)?.['key'] as string;
    await hear({ topic: 'reply', type: 'done', key, value: '13812345678' });
  };

  it('says so before it is accepted, shows the number on demand, and goes on by telephone', async () => {
    await open();
    await hear(rung(liNainai({ callback }), until));
    expect(page.find('[aria-label="请接听"]').text()).toContain('回电');
    await hear(...accepted());
    expect(page.text()).toContain('第 2 次，最多打 2 次');
    expect(page.text()).not.toContain('13812345678');
    await showNumber();
    expect(page.text()).toContain('13812345678');
    await press('接通了');
    await answer('callback_reached');
    await hear(visitIs(liNainai({ status: serving(TEN, 'telephone') })), talking());
    expect(page.text()).toContain('市民的电话 13812345678');
  });

  it('nobody answers: the window is free at once', async () => {
    await open();
    await hear(...accepted());
    await showNumber();
    await press('没人接');
    await answer('callback_unanswered');
    await hear(visitIs(null), windowIs(window3()));
    expect(page.text()).toContain('准备好了，等叫号');

    // The next try looks the number up anew: only then may the hall be told how it went.
    await hear(...accepted());
    expect(page.text()).not.toContain('13812345678');
    await showNumber();
    expect(page.text()).toContain('13812345678');
  });
});

describe('a morning of chen', () => {
  it('a window whose person is gone can be taken, and says so; one in use cannot', async () => {
    const left = window3({ is: 'suspect', reason: 'lease_lost', until: null });
    await open(aView({ mine: null, windows: [left, { ...window3(), id: '2', name: '2号窗口' }] }));
    expect(page.text()).toContain('陈桂英 不在，可以坐');
    expect(page.text()).toContain('陈桂英 在用');
    expect(page.findAll('button').filter((one) => one.text().startsWith('坐到'))).toHaveLength(1);
    await press('坐到3号窗口');
    expect(await answer('open')).toMatchObject({ window: '3' });
  });

  it('sits down, is rung, accepts, talks, hangs up, is refused without a record, logs it and goes on', async () => {
    await open(aView({ windows: [emptySeat()], mine: null }));
    await press('坐到3号窗口');
    expect(await answer('open')).toMatchObject({ topic: 'window', window: '3' });
    await hear(windowIs(window3()));
    expect(page.text()).toContain('准备好了，等叫号');

    await hear(rung(liNainai(), until));
    const card = page.find('[aria-label="请接听"]').text();
    expect(card.indexOf('城乡居民医保参保登记')).toBeLessThan(card.indexOf('李**'));
    expect(card).toContain('还有 20 秒');
    expect(FakeSocket.last.said('after')).toMatchObject([{ topic: 'chat', number: 0 }]);
    await hear(said(1, '我想问医保断了两年怎么补'));
    expect(page.find('[aria-label="请接听"]').text()).toContain('我想问医保断了两年怎么补');
    await key('F2');
    expect(await answer('accept')).toMatchObject({ visit: 'li_nainai' });
    await hear(
      visitIs(liNainai({ status: connecting(TEN + MINUTE) })),
      windowIs(window3({ is: 'connecting', visit: 'li_nainai', until: TEN + MINUTE })),
    );
    expect(page.text()).toContain('等市民点「接听」');

    await hear(visitIs(liNainai({ status: serving() })), talking(), said(2, '您好，医保怎么交？'));
    expect(page.text()).toContain('通话中');
    expect(page.text()).toContain('您好，医保怎么交？');

    await press('挂断');
    expect(page.text()).toContain('要挂断吗? 通话还没有断。');
    await press('接着谈');
    expect(page.text()).not.toContain('要挂断吗?');
    await press('挂断');
    // The second half of a double click is no answer.
    button('挂断').element.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 2 }));
    expect(FakeSocket.last.said('hang_up')).toHaveLength(0);
    await press('挂断');
    await answer('hang_up');
    await hear(visitIs(liNainai({ status: closed(), hung_up: 'citizen' })), wrapUp());
    expect(page.text()).toContain('市民挂断了，通话结束');
    expect(mains()).toEqual(['办结登记']);
    await press('完成，接下一位');
    await answer('finish', 'record_missing');
    expect(page.text()).toContain('这一位的办件还没有登记');

    await page.find('input[value="guide"]').setValue();
    await page.find('input[value="concluded"]').setValue();
    await key('Enter', { ctrlKey: true });
    expect(await answer('save')).toMatchObject({ draft: { item: 'YB01', kind: 'guide', result: 'concluded' } });
    const record = aRecord({ result: 'concluded', note: '', next_step: '' });
    await hear(visitIs(liNainai({ status: closed(), hung_up: 'staff', record })));
    expect(page.find('h3').text()).toContain('办件已经登记，可以接下一位');
    expect(page.text()).toContain('您挂断了，通话结束');
    expect(mains()).toEqual(['完成，接下一位']);
    await press('延长时间');
    await press('整理、核对材料');
    expect(await answer('extend_wrap_up')).toMatchObject({ reason: 'materials' });
    const more = window3({ is: 'wrap_up', visit: 'li_nainai', until: TEN + 3 * MINUTE, overdue: false });
    await hear(windowIs({ ...more, extended: true }));
    expect(page.text()).toContain('时间已经延长过一次。');

    await key('F2');
    await answer('finish');
    await hear(visitIs(null), windowIs(window3()));
    expect(page.text()).toContain('准备好了，等叫号');
  });

  it('declines with a reason', async () => {
    await open();
    await hear(rung(liNainai(), until));
    await press('拒接');
    // It stays where it was, so that a second press of it is none of a reason.
    expect(button('拒接').attributes('disabled')).toBeDefined();
    await press('现场有群众');
    expect(await answer('decline')).toMatchObject({ visit: 'li_nainai', reason: 'counter' });
    await hear(visitIs(null), windowIs({ ...window3(), rests_until: TEN + 90_000 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(page.text()).toContain('刚拒接了，先不叫号');
    expect(page.text()).not.toContain('准备好了，等叫号');
    await vi.advanceTimersByTimeAsync(31_000);
    expect(page.text()).toContain('准备好了，等叫号');
  });

  it('does not call itself online alone while calling is paused', async () => {
    await open();
    await hear(windowIs(window3({ is: 'suspect', reason: 'ring_unanswered', until: null })));
    expect(page.get('.presence').text()).toContain('在线 · 暂停叫号');
    expect(page.get('.presence').text()).not.toContain('●');
  });

  it('takes a break by F9, says why when it is something else, and comes back by F9', async () => {
    await open();
    await key('F9');
    await press('用餐');
    expect(await answer('presence')).toMatchObject({ presence: { is: 'break', reason: 'meal' }, note: null });
    await hear(windowIs(window3({ is: 'idle' }, { is: 'break', reason: 'meal' })));
    await key('F9');
    expect(await answer('presence')).toMatchObject({ presence: { is: 'available' } });
  });

  it('picks a waiting one by hand, but not one who is away or in a queue of another window', async () => {
    const entry = (visit: string, number: string, away: boolean, queue = 'a') =>
      inLine({ visit, number, away, queue, asked_until: TEN + 20_000 });
    const head = [entry('zhang', 'A13', true), entry('sun', 'B7', false, 'b'), entry('wang', 'A14', false)];
    const line = { ...lineOf(...head), pick_first: 1 };
    await open(aView({ line }));
    expect(page.text()).toContain('正在问 A14 号在不在，还没有叫号');
    expect(page.text()).toContain('最多再问 20 秒');
    expect(page.findAll('button').filter((one) => one.text() === '叫他')).toHaveLength(0);
    await hear({ topic: 'queue', type: 'line', line: { ...line, pick_first: 2 } });
    expect(page.findAll('button').filter((one) => one.text() === '叫他')).toHaveLength(1);
    await press('叫他');
    expect(await answer('pick')).toMatchObject({ visit: 'wang' });
  });
});

describe('the unhappy ways', () => {
  it('says whose rings nobody answers, until somebody does', async () => {
    const line = (unanswered: Unanswered[]): ServerMessage => ({
      topic: 'queue',
      type: 'line',
      line: { ...lineOf(), waiting: 1, unanswered },
    });
    await open(
      aView({ windows: [window3({ is: 'talking', visit: 'li_nainai' })], visit: liNainai({ status: serving() }) }),
    );
    await hear(line([{ visit: 'wang', number: 'A14', since: TEN - 75_000 }]));
    expect(page.text()).toContain('A14 号头一次响铃到现在 01:15，还没有人接');
    await hear(line([]));
    expect(page.text()).not.toContain('还没有人接');
  });

  it('a lost socket is said, and the desk stays', async () => {
    await open(
      aView({ windows: [window3({ is: 'talking', visit: 'li_nainai' })], visit: liNainai({ status: serving() }) }),
    );
    FakeSocket.last.lose();
    await flushPromises();
    expect(page.text()).toMatch(/网络断了，正在重新接.*李\*\*通话中/s);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(page.text(), 'the desk stays').toContain('李**正在接回');
  });

  it('a console opened elsewhere stops this one until it is taken over', async () => {
    await open();
    await hear({ topic: 'session', type: 'replaced' });
    expect(page.text()).toContain('您在另一个页面打开了工作台');
    const sockets = FakeSocket.opened.length;
    await press('在这里继续');
    expect(FakeSocket.opened.length).toBe(sockets + 1);
  });

  it('an ended session leads to signing in and says why', async () => {
    await open();
    await hear({ topic: 'session', type: 'ended', code: 'signed_out' });
    await press('重新登录');
    expect(page.emitted('ended')).toEqual([['signed_out']]);
  });

  it('a citizen who is lost is waited for, with the time that is left', async () => {
    await open(
      aView({
        windows: [window3({ is: 'talking', visit: 'li_nainai' })],
        visit: liNainai({ status: dropped(TEN + 83_000), online: false }),
      }),
    );
    expect(page.text()).toContain('市民断线了，这个窗口给他留着，还有 01:23');
  });

  it('a window held back goes on after 「我回来了」', async () => {
    await open(aView({ windows: [window3({ is: 'suspect', reason: 'ring_unanswered', until: null })] }));
    expect(page.text()).toContain('刚才的叫号没有接');
    await press('我回来了');
    await answer('back');
  });

  it('a window that is deaf says how to mend it, and asks for the microphone again', async () => {
    const paused = window3({ is: 'suspect', reason: 'probe_failed', until: null });
    await open(aView({ windows: [{ ...paused, fault: 'microphone' }] }));
    expect(page.text()).toContain('麦克风用不了，暂停给您叫号');
    expect(page.text()).not.toContain('我回来了」再开始接号');
    button('再试一次');
    await hear(windowIs({ ...paused, fault: 'relay' }));
    expect(page.text()).toContain('语音线路接不上');
    // It comes back by itself: 「我回来了」 would only have it rung into nothing.
    expect(page.text()).not.toContain('我回来了');
  });

  it('the telephone number is asked for, shown and goes with the visit', async () => {
    await open(
      aView({ windows: [window3({ is: 'talking', visit: 'li_nainai' })], visit: liNainai({ status: serving() }) }),
    );
    await press('打电话');
    expect(page.text()).toContain('都会留下记录');
    await press('显示号码');
    const reveal = FakeSocket.last.said('reveal_phone').at(-1);
    await hear({ topic: 'reply', type: 'done', key: reveal?.['key'] as string, value: '13812345678' });
    expect(await answer('mode')).toMatchObject({ mode: 'telephone' });
    await hear(visitIs(liNainai({ status: serving(TEN, 'telephone') })));
    expect(page.text()).toContain('13812345678');
    await hear(visitIs(liNainai({ id: 'wang_shu', status: serving(TEN, 'telephone') })));
    expect(page.text()).not.toContain('13812345678');
  });

  it('one Esc never hangs up, two do', async () => {
    await open(
      aView({ windows: [window3({ is: 'talking', visit: 'li_nainai' })], visit: liNainai({ status: serving() }) }),
    );
    page.find<HTMLElement>('[data-call-pane]').element.focus();
    await key('Escape');
    expect(FakeSocket.last.said('hang_up')).toHaveLength(0);
    expect(page.text()).toContain('要挂断吗?');
    await key('Escape');
    expect(FakeSocket.last.said('hang_up')).toHaveLength(1);
  });
});

describe('no screen has a barrier', () => {
  const visit = liNainai({ status: serving() });
  it.each([
    ['choosing a window', aView({ windows: [emptySeat()], mine: null })],
    ['waiting for a ring', aView()],
    ['ringing', aView({ windows: [window3({ is: 'reserved', visit: 'li_nainai', until })], visit: liNainai() })],
    ['talking', aView({ windows: [window3({ is: 'talking', visit: 'li_nainai' })], visit })],
    [
      'writing the record',
      aView({
        windows: [window3({ is: 'wrap_up', visit: 'li_nainai', until, overdue: true })],
        visit: liNainai({ status: closed() }),
      }),
    ],
  ])('%s', async (_name, view) => {
    await open(view);
    vi.useRealTimers();
    // Colours are looked at in a real browser: this page has no style sheet.
    const { violations } = await axe.run(page.element as Element, {
      rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  });
});
