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
  const { ctrl, alt, meta, shift, inDialog } = stroke;
  if (meta) return null;
  if (ctrl) return alt || inDialog ? null : controlCommand(stroke);
  if (shift) return null;
  return (alt ? null : functionCommand(stroke)) ?? (inDialog ? null : paneCommand(stroke));
}

function functionCommand({ key }: Stroke): Command | null {
  if (key === 'F2') return { do: 'next' };
  return key === 'F9' ? { do: 'break' } : null;
}

function controlCommand({ key, code }: Stroke): Command | null {
  if (key === 'Enter') return { do: 'save_record' };
  return code === 'KeyK' ? { do: 'find_item' } : null;
}

function paneCommand({ key, code, alt, inCall, inField }: Stroke): Command | null {
  const alone = !alt && inCall && !inField;
  if (!alt && !alone) return null;
  if (key === 'Escape') return alone ? { do: 'escape' } : null;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  if (digit) return { do: 'phrase', index: Number(digit) - 1 };
  return LETTERS[code] ?? null;
}
