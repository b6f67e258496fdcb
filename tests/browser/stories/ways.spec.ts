import { expect, test } from '@playwright/test';
import { type Moment, type Onlooker, type Wishes, walk } from '../support/journey';
import { decoded, offered } from '../support/watch';

/** How sound and picture travel: over what, and in which codec. */
type Way = { over: 'udp' | 'tcp'; codec: 'video/VP8' | 'video/H264' };

/** The pictures that must run at a moment, on either page; none is looked at where none runs. */
const PICTURES: Partial<Record<Moment, { phone: readonly string[]; desk: readonly string[] }>> = {
  talking: { phone: [], desk: [] },
  seeing: { phone: ['camera'], desk: ['camera'] },
  showing: { phone: ['camera', 'share'], desk: ['camera'] },
};

/** Walks the whole journey and holds both pages to one way for as long as they talk. */
async function walkOver(way: Way, wishes: Wishes, also?: Onlooker): Promise<void> {
  const met: Moment[] = [];
  const onlooker: Onlooker = async (moment, people) => {
    await also?.(moment, people);
    const { chen, liNainai } = people;
    const pictures = PICTURES[moment];
    if (!pictures) return;
    met.push(moment);
    for (const [page, wanted] of [[liNainai.page, pictures.phone], [chen.page, pictures.desk]] as const) {
      const found = await decoded(page);
      expect(found.way, moment).toBe(way.over);
      const codecs = Object.entries(found.pictures).map(([section, picture]) => [section, picture.codec]);
      expect(codecs.sort(), moment).toEqual(wanted.map((section) => [section, way.codec]));
    }
  };
  await walk(onlooker, wishes);
  expect(met).toEqual(Object.keys(PICTURES));
}

test('where only TCP gets through, the whole journey goes over ICE-TCP', async () => {
  await walkOver({ over: 'tcp', codec: 'video/VP8' }, { phone: { tcpOnly: true }, desk: { tcpOnly: true } });
});

test('a phone that knows only H.264 and a desk that offers VP8 and H.264 walk the whole journey in H.264', async () => {
  await walkOver({ over: 'udp', codec: 'video/H264' }, { phone: { onlyCodec: 'H264' } }, async (moment, { chen, liNainai }) => {
    // The window has offered before anybody knows who will be rung; afterwards the relay may ask again.
    if (moment === 'near') await expect.poll(() => offered(chen.page)).toEqual(['VP8', 'H264']);
    if (moment === 'talking') expect(await offered(liNainai.page)).toEqual(['H264']);
  });
});
