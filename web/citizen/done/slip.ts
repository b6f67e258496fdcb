import { pairs } from '@kit/text/format';
import type { VisitView } from '@protocol';
import { tDone } from './text';

/** The lines of the slip, in the order they are read. */
export function slipLines(visit: VisitView): string[] {
  const { slip } = visit;
  const reference = tDone('done.reference', { reference: pairs(visit.reference) });
  if (!slip) return [...(visit.item ? [tDone('done.item', { item: visit.item.name })] : []), reference];
  return [
    tDone('done.item', { item: slip.item.name }),
    tDone('done.result', { result: tDone(`record.${slip.result}`) }),
    ...(slip.next_step ? [tDone('done.next', { next: slip.next_step })] : []),
    reference,
    tDone('done.record', { number: slip.number }),
    tDone('done.staff', { name: slip.staff_name }),
  ];
}

const WIDTH = 720;
const MARGIN = 48;
const LINE = 56;
const FONT = '32px system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

/** The slip as a picture, to be kept by a long press; `null` where the phone cannot draw. */
export async function slipPicture(hall: string, lines: readonly string[]): Promise<Blob | null> {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  if (!pen) return null;
  pen.font = FONT;
  const rows = [hall, '', ...lines].flatMap((line) => wrapped(line, (part) => pen.measureText(part).width));
  canvas.width = WIDTH;
  canvas.height = MARGIN * 2 + rows.length * LINE;
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = '#1b1f26';
  pen.textBaseline = 'top';
  rows.forEach((row, index) => {
    pen.font = index === 0 ? `bold ${FONT}` : FONT;
    pen.fillText(row, MARGIN, MARGIN + index * LINE);
  });
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

/** Chinese breaks anywhere; a line is filled character by character. */
export function wrapped(line: string, width: (part: string) => number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const character of line) {
    if (row !== '' && width(row + character) > WIDTH - MARGIN * 2) {
      rows.push(row);
      row = '';
    }
    row += character;
  }
  return [...rows, row];
}
