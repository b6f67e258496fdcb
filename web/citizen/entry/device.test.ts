import { expect, it } from 'vitest';
import { hindranceOf } from './device';

const can = { call: true, microphone: true };

it.each([
  ['a phone in WeChat', 'Mozilla/5.0 (Linux; Android 9) MicroMessenger/8.0.41', can, null],
  ['WeChat on Windows', 'Mozilla/5.0 (Windows NT 10.0) MicroMessenger/7.0 WindowsWechat(0x63090a1b)', can, 'pc_wechat'],
  ['WeChat on a Mac', 'Mozilla/5.0 (Macintosh) MicroMessenger/6.8.0 MacWechat/3.8', can, 'pc_wechat'],
  ['a browser without calls', 'Mozilla/5.0', { call: false, microphone: true }, 'no_call'],
  ['an iPhone before 14.3 in WeChat', 'Mozilla/5.0 (iPhone)', { call: true, microphone: false }, 'no_microphone'],
])('%s', (_name, userAgent, support, hindrance) => expect(hindranceOf(userAgent, support)).toBe(hindrance));
