/** What a key asks of the console. */
export type Command =
  | { do: 'next' }
  | { do: 'break' }
  | { do: 'save_record' }
  | { do: 'find_item' }
  | { do: 'mute' }
  | { do: 'camera' }
  | { do: 'share' }
  | { do: 'hold' }
  | { do: 'chat' }
  | { do: 'phrase'; index: number }
  /** Esc once: a second one within a moment hangs up. */
  | { do: 'escape' };

/** A key as pressed, and where the focus was. */
export type Stroke = {
  key: string;
  /** The physical key, so that Alt+digit works on every keyboard layout. */
  code: string;
  ctrl: boolean;
  alt: boolean;
  meta: boolean;
  shift: boolean;
  /** The focus is inside the call pane. */
  inCall: boolean;
  /** The focus is in something that takes text or choices. */
  inField: boolean;
  /** Something is open above the page: Esc belongs to it. */
  inDialog: boolean;
};

const LETTERS: Readonly<Record<string, Command>> = {
  KeyM: { do: 'mute' },
  KeyV: { do: 'camera' },
  KeyS: { do: 'share' },
  KeyH: { do: 'hold' },
  KeyT: { do: 'chat' },
};

/** F-keys and Ctrl work everywhere; single letters, digits and Esc only with the focus in the call pane, or with Alt. */
export function commandOf(stroke: Stroke): Command | null {
  if (stroke.meta) return null;
  const plain = !stroke.ctrl && !stroke.alt && !stroke.shift;
  if (plain && stroke.key === 'F2') return { do: 'next' };
  if (plain && stroke.key === 'F9') return { do: 'break' };
  if (stroke.inDialog) return null;
  if (stroke.ctrl && !stroke.alt && stroke.key === 'Enter') return { do: 'save_record' };
  if (stroke.ctrl && !stroke.alt && stroke.code === 'KeyK') return { do: 'find_item' };
  if (stroke.ctrl || stroke.shift) return null;
  const alone = !stroke.alt && stroke.inCall && !stroke.inField;
  if (!stroke.alt && !alone) return null;
  if (stroke.key === 'Escape') return alone ? { do: 'escape' } : null;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(stroke.code)?.[1];
  if (digit) return { do: 'phrase', index: Number(digit) - 1 };
  return LETTERS[stroke.code] ?? null;
}
