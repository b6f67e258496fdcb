import { expect, test } from '@playwright/test';
import { look } from '../support/look';
import { Citizen } from '../support/people';
import { type Scene, beginTalk, inScene } from '../support/scene';

const THERE = { id: 'laocheng', name: '老城区政务服务中心' };
const GO = `去「${THERE.name}」取号`;

/** 陈老师 asks whoever she talks with to go on in the other hall. */
async function refer({ chen }: Scene): Promise<void> {
  await chen.button(/^转接/).click();
  const target = chen.button(`${THERE.name} · 在上班，1 人在等`);
  await expect(target).toBeVisible();
  await look(chen.page, 'staff-6-transfer-halls', target);
  await target.click();
  await expect(chen.page.getByText(`已请市民到「${THERE.name}」取号`)).toBeVisible();
}

test('whoever is sent on to another hall has one number there, by the time of the first, and the talk goes on until then', async () => {
  await inScene(
    async (scene) => {
      const { house, phones, chen } = scene;
      const liNainai = await beginTalk(scene);
      const go = liNainai.button(GO);
      // Came to the other hall after her first number.
      const wu = await Citizen.blank(phones, house);
      await wu.page.goto(`${house.origin}/h/${THERE.id}`);
      expect(await wu.takeNumber()).toBe('A1');
      await expect(wu.page.getByRole('main').getByText('下一位就是您。')).toBeVisible();

      await refer(scene);
      await look(chen.page, 'staff-6-referred');
      await expect(go).toBeInViewport();
      await look(liNainai.page, 'citizen-6-referral');
      await liNainai.button('不去，就在这里办').click();
      await expect(go).toHaveCount(0);
      await expect(chen.page.getByText('已请市民到')).toHaveCount(0);
      await chen.expectTalking();

      await refer(scene);
      await go.click();
      const take = liNainai.button('取号，过去');
      await expect(take).toBeVisible();
      await look(liNainai.page, 'citizen-6-referral-asked');
      // Looking there costs nothing: the talk goes on.
      await liNainai.expectTalking();
      await chen.expectTalking();
      await take.click();
      expect(await liNainai.number()).toBe('A2');
      await expect(
        liNainai.page.getByText(
          '从「新区街道便民服务中心」转来，那边是 A1 号。',
        ),
      ).toBeVisible();
      await expect(liNainai.page.getByRole('main').getByText('下一位就是您。')).toBeVisible();
      await expect(wu.page.getByRole('main').getByText('前面还有 1 位')).toBeVisible();
      await expect(wu.page.getByRole('main').getByText('前面来了从别的大厅转来的人')).toBeVisible();
      await look(wu.page, 'citizen-4-behind-referred');
      await look(liNainai.page, 'citizen-4-referred');

      // Her window writes up what it did; nobody waits for her to come back.
      await expect(chen.page.getByText('收尾：把办件登记好')).toBeVisible();

      // Back at the first hall, she is shown the way to the number she has.
      await liNainai.page.goto(`${house.origin}/h/${house.hall}`);
      await expect(
        liNainai.page.getByText(`您已经在「${THERE.name}」取了号`),
      ).toBeVisible();
      await look(liNainai.page, 'citizen-8-referral');
      await liNainai.page
        .getByRole('link', { name: `打开「${THERE.name}」的页面` })
        .click();
      expect(await liNainai.number()).toBe('A2');
    },
    {
      prepare: async (house) => {
        house.add(THERE.id, THERE.name);
        house.amend({ hands_on_to: [THERE.id] });
      },
    },
  );
});
