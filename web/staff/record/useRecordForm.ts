import { announce } from '@kit/components';
import type { VisitId } from '@protocol';
import { computed, inject, type InjectionKey, provide, reactive, readonly, ref, watch } from 'vue';
import { t } from '../text';
import type { Console } from '../console/useConsole';
import { createDraftStore, type DraftForm, type DraftGap, draftOf, formOf, gapsOf, sameForm } from './draft';

/** The record of the visit on the desk: begun with its item, kept on each stroke, saved as a new version. */
export function useRecordForm(
  { visit, operate }: Pick<Console, 'visit' | 'operate'>,
  storage: Storage = sessionStorage,
) {
  const drafts = createDraftStore(storage);
  const form = reactive<DraftForm>({ item: null, kind: null, result: null, note: '', nextStep: '', proof: null });
  const saving = ref(false);
  /** Gaps are told after the first try to save, not while the person is still writing. */
  const tried = ref(false);
  /** Grows with each try that found a gap, so that the pane can lead there. */
  const refusedTries = ref(0);
  let shown: VisitId | null = null;
  /** What the hall has: an untouched form follows it. */
  let base: DraftForm | null = null;

  const saved = computed(() => visit.value?.record ?? null);
  const changed = computed(() => (saved.value && visit.value ? !sameForm(form, formOf(visit.value)) : true));
  /** Could be saved as it stands. */
  const complete = computed(() => draftOf(form) !== null);
  const gaps = computed<DraftGap[]>(() => (tried.value ? gapsOf(form) : []));

  watch(
    visit,
    (now) => {
      if (!now) return;
      const fresh = formOf(now);
      if (now.id !== shown) {
        shown = now.id;
        tried.value = false;
        Object.assign(form, drafts.load(now.id) ?? fresh);
      } else if (base && sameForm(form, base)) Object.assign(form, fresh);
      base = fresh;
    },
    { immediate: true },
  );
  watch(
    form,
    () => {
      if (!shown || shown !== visit.value?.id) return;
      if (sameForm(form, formOf(visit.value))) drafts.forget(shown);
      else drafts.save(shown, { ...form });
    },
    { deep: true },
  );

  /** Saves a version; true when the archive has it. */
  async function save(): Promise<boolean> {
    const of = visit.value;
    tried.value = true;
    const draft = draftOf(form);
    if (of && !draft) refusedTries.value += 1;
    if (!of || !draft || saving.value) return false;
    saving.value = true;
    const sent = { ...form };
    const outcome = await operate({ topic: 'record', type: 'save', visit: of.id, draft });
    saving.value = false;
    if (outcome.is !== 'done') return false;
    tried.value = false;
    // What was written meanwhile is not saved yet.
    if (sameForm(form, sent)) drafts.forget(of.id);
    announce(t('record.announce_saved'));
    return true;
  }

  return { form, gaps, refusedTries: readonly(refusedTries), saving: readonly(saving), saved, changed, complete, save };
}

export type RecordForm = ReturnType<typeof useRecordForm>;

const formKey: InjectionKey<RecordForm> = Symbol('record form');

/** One form for the console: the key and the pane save the same one. */
export function provideRecordForm(console: Console): RecordForm {
  const form = useRecordForm(console);
  provide(formKey, form);
  return form;
}

export function injectRecordForm(): RecordForm {
  const found = inject(formKey);
  if (!found) throw new Error('a record form stands outside of the console');
  return found;
}
