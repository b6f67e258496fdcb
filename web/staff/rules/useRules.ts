import { newKey } from '@kit/connection';
import type { ChangeRule, RulesPage, RuleValue, RuleView } from '@protocol';
import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import { get, isUnheard, postPatiently } from '../console/api';
import { tCode } from './text';

const PATH = '/api/staff/rules';

/** How a wish ended. */
export type Changed = { is: 'done' } | { is: 'refused'; code: string } | { is: 'failed' | 'unheard'; why: string };

/** The hall's numbers and switches as the server has them, and the way to change one. */
export function useRules() {
  const page = shallowRef<RulesPage | null>(null);
  const loading = ref(false);
  const trouble = ref<string | null>(null);
  const leaving = new AbortController();
  onScopeDispose(() => leaving.abort());
  /** A wish of unknown result is said again under its own key. */
  let open: ChangeRule | null = null;

  async function load(): Promise<void> {
    loading.value = true;
    const answer = await get<RulesPage>(PATH, leaving.signal);
    if (leaving.signal.aborted) return;
    loading.value = false;
    trouble.value = answer.is === 'problem' ? tCode('refusals', answer.code) : null;
    if (answer.is === 'ok') page.value = answer.value;
  }

  /** What is stored is shown, also where the list cannot be loaded again. */
  function note(rule: string, value: RuleValue): void {
    if (!page.value) return;
    const rules = page.value.rules.map((view) => (view.rule === rule ? { ...view, value } : view));
    page.value = { ...page.value, rules };
  }

  async function change({ rule, value: seen }: RuleView, value: RuleValue): Promise<Changed> {
    const isSame = open?.rule === rule && open.seen === seen && open.value === value;
    const wish: ChangeRule = open && isSame ? open : { key: newKey(), rule, seen, value };
    open = wish;
    const answer = await postPatiently(PATH, wish, leaving.signal);
    if (answer.is === 'problem' && (!REFUSED.has(answer.code) || answer.retry_ms)) {
      return { is: isUnheard(answer.code) ? 'unheard' : 'failed', why: tCode('refusals', answer.code) };
    }
    open = null;
    if (answer.is === 'ok') note(rule, value);
    await load();
    return answer.is === 'ok' ? { is: 'done' } : { is: 'refused', code: answer.code };
  }

  return {
    page: computed(() => page.value),
    loading: computed(() => loading.value),
    trouble: computed(() => trouble.value),
    load,
    change,
  };
}

/** What a rule said no to; everything else may have happened. */
const REFUSED: ReadonlySet<string> = new Set(['rule_out_of_range', 'rule_contradicts', 'rule_changed', 'rule_unknown']);
