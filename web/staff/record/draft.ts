import type {
  ItemRef,
  Proof,
  RecordDraft,
  RecordKind,
  RecordResult,
  RecordView,
  ServedVisit,
  VisitId,
} from '@protocol';

export const KINDS: readonly RecordKind[] = ['answer', 'guide', 'act_for', 'refer'];
export const RESULTS: readonly RecordResult[] = [
  'answered',
  'concluded',
  'submitted',
  'incomplete',
  'referred',
  'not_done',
];
export const PROOFS: readonly Proof[] = ['shown', 'not_shown'];
export const MOST_NOTE = 1000;
export const MOST_NEXT_STEP = 200;

/** The form while it is filled in: nothing is chosen for the person but the item the citizen came with. */
export type DraftForm = {
  item: ItemRef | null;
  kind: RecordKind | null;
  result: RecordResult | null;
  note: string;
  nextStep: string;
  /** What was found of a declared priority. */
  proof: Proof | null;
};

/** What is still missing, in the order of the form. */
export type DraftGap = 'item' | 'kind' | 'result' | 'note_long' | 'next_step_long';

/** A form to begin with: the record as saved, else the visit's own item. */
export function formOf(visit: Pick<ServedVisit, 'item' | 'record' | 'priority'>): DraftForm {
  const proof = visit.priority?.proof ?? null;
  return visit.record
    ? { ...formOfRecord(visit.record), proof }
    : { item: visit.item, kind: null, result: null, note: '', nextStep: '', proof };
}

export function formOfRecord(record: RecordView): DraftForm {
  const { item, kind, result, note, next_step } = record;
  return { item, kind, result, note, nextStep: next_step, proof: null };
}

export function gapsOf(form: DraftForm): DraftGap[] {
  const gaps: DraftGap[] = [];
  if (!form.item) gaps.push('item');
  if (!form.kind) gaps.push('kind');
  if (!form.result) gaps.push('result');
  if ([...form.note].length > MOST_NOTE) gaps.push('note_long');
  if ([...form.nextStep].length > MOST_NEXT_STEP) gaps.push('next_step_long');
  return gaps;
}

/** The form as it is sent; `null` while something is missing. */
export function draftOf(form: DraftForm): RecordDraft | null {
  const { item, kind, result } = form;
  if (!item || !kind || !result || gapsOf(form).length > 0) return null;
  return {
    item: item.code,
    kind,
    result,
    note: form.note.trim(),
    next_step: form.nextStep.trim(),
    proof: form.proof,
  };
}

export function sameForm(a: DraftForm, b: DraftForm): boolean {
  return (
    a.item?.code === b.item?.code &&
    a.kind === b.kind &&
    a.result === b.result &&
    a.note.trim() === b.note.trim() &&
    a.nextStep.trim() === b.nextStep.trim() &&
    a.proof === b.proof
  );
}

const PREFIX = 'record-draft:';

/** Unsaved forms, one a visit, in the tab's own storage: a refresh keeps them, closing the browser does not. */
export function createDraftStore(storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>) {
  return {
    load(visit: VisitId): DraftForm | null {
      try {
        const kept: unknown = JSON.parse(storage.getItem(PREFIX + visit) ?? 'null');
        return isForm(kept) ? { ...kept, proof: kept.proof ?? null } : null;
      } catch {
        return null;
      }
    },
    save(visit: VisitId, form: DraftForm): void {
      try {
        storage.setItem(PREFIX + visit, JSON.stringify(form));
      } catch {
        // A full storage: the form lives on in memory.
      }
    },
    forget(visit: VisitId): void {
      storage.removeItem(PREFIX + visit);
    },
  };
}

export type DraftStore = ReturnType<typeof createDraftStore>;

/** `unknown` at the door: an older page may have written another shape. */
function isForm(value: unknown): value is DraftForm {
  if (typeof value !== 'object' || value === null) return false;
  const form = value as Record<string, unknown>;
  const item = form['item'] as Record<string, unknown> | null | undefined;
  return (
    (item === null || (typeof item === 'object' && typeof item.code === 'string' && typeof item.name === 'string')) &&
    (form['kind'] === null || KINDS.includes(form['kind'] as RecordKind)) &&
    (form['result'] === null || RESULTS.includes(form['result'] as RecordResult)) &&
    typeof form['note'] === 'string' &&
    typeof form['nextStep'] === 'string' &&
    ((form['proof'] ?? null) === null || PROOFS.includes(form['proof'] as Proof))
  );
}
