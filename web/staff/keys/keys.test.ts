import { describe, expect, it } from 'vitest';
import { commandOf, type Stroke } from './keys';

const stroke = (changes: Partial<Stroke>): Stroke => ({
  key: '',
  code: '',
  ctrl: false,
  alt: false,
  meta: false,
  shift: false,
  inCall: false,
  inField: false,
  inDialog: false,
  ...changes,
});
const m = { key: 'm', code: 'KeyM' };
const two = { key: '2', code: 'Digit2' };
const escape = { key: 'Escape', code: 'Escape' };

describe('keys', () => {
  it.each<[string, Partial<Stroke>, string | undefined]>([
    ['F2 works everywhere', { key: 'F2', inField: true }, 'next'],
    ['F2 accepts from within a dialog', { key: 'F2', inDialog: true }, 'next'],
    ['F9 is the break', { key: 'F9' }, 'break'],
    ['Shift+F9 is not ours', { key: 'F9', shift: true }, undefined],
    ['Ctrl+Enter saves from within the note', { key: 'Enter', ctrl: true, inField: true }, 'save_record'],
    ['Enter alone is a line', { key: 'Enter', inField: true }, undefined],
    ['Ctrl+K finds an item', { key: 'k', code: 'KeyK', ctrl: true, inField: true }, 'find_item'],
    ['M mutes in the call pane', { ...m, inCall: true }, 'mute'],
    ['M elsewhere is a letter', m, undefined],
    ['M while typing in the chat is a letter', { ...m, inCall: true, inField: true }, undefined],
    ['Alt+M mutes from anywhere', { ...m, alt: true, inField: true }, 'mute'],
    ['Ctrl+M is not ours', { ...m, ctrl: true, inCall: true }, undefined],
    ['2 says the second phrase in the call pane', { ...two, inCall: true }, 'phrase'],
    ['2 in the record is a digit', { ...two, inField: true }, undefined],
    ['Alt+2 says it from anywhere', { ...two, alt: true, inField: true }, 'phrase'],
    ['0 is no phrase', { key: '0', code: 'Digit0', inCall: true }, undefined],
    ['Esc counts in the call pane', { ...escape, inCall: true }, 'escape'],
    ['Esc in the chat field leaves the field alone', { ...escape, inCall: true, inField: true }, undefined],
    ['Esc elsewhere never hangs up', escape, undefined],
    ['a dialog keeps its keys', { ...m, inCall: true, inDialog: true }, undefined],
    ['the system key is not ours', { ...m, meta: true, inCall: true }, undefined],
  ])('%s', (_name, pressed, wanted) => {
    expect(commandOf(stroke(pressed))?.do).toBe(wanted);
  });
});
