import { browserEnvironment, callSupport } from '@kit/call/environment';

/** What stands in the way of talking on this device, known before anything is asked. */
export type Hindrance = 'pc_wechat' | 'no_call' | 'no_microphone';

/** WeChat on a PC receives but does not send (JOURNEYS 8). */
export function hindranceOf(userAgent: string, support: { call: boolean; microphone: boolean }): Hindrance | null {
  if (/WindowsWechat|MacWechat/i.test(userAgent)) return 'pc_wechat';
  if (!support.call) return 'no_call';
  return support.microphone ? null : 'no_microphone';
}

export const hindrance = (): Hindrance | null => hindranceOf(navigator.userAgent, callSupport(browserEnvironment()));
