import { onScopeDispose } from 'vue';
import { type Command, commandOf, type Stroke } from './keys';

/** Marks the part of the page where single keys work. */
export const CALL_PANE = 'data-call-pane';

/** Listens to the keyboard of the whole console. A handler answers whether the key was used. */
export function useKeys(handle: (command: Command) => boolean, page: Window = window): void {
  const onKey = (event: KeyboardEvent) => {
    // A key that types a Chinese word is not a command.
    if (event.isComposing || event.repeat) return;
    const command = commandOf(strokeOf(event));
    if (command && handle(command)) event.preventDefault();
  };
  page.addEventListener('keydown', onKey);
  onScopeDispose(() => page.removeEventListener('keydown', onKey));
}

function strokeOf(event: KeyboardEvent): Stroke {
  const target = event.target instanceof Element ? event.target : null;
  return {
    key: event.key,
    code: event.code,
    ctrl: event.ctrlKey,
    alt: event.altKey,
    meta: event.metaKey,
    shift: event.shiftKey,
    inCall: target?.closest(`[${CALL_PANE}]`) !== null && target !== null,
    inField: target?.closest('input, textarea, select, [contenteditable="true"]') !== null && target !== null,
    inDialog: target?.closest('dialog') !== null && target !== null,
  };
}
