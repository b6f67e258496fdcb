import type { RuleView } from '@protocol';
import { meaningOf } from './text';

/** Rules in the order in which a visit meets them. */
const GROUPS = {
  wait: [
    'handshake',
    'challenge_ahead',
    'timers.challenge_ms',
    'timers.challenge_alerts',
    'timers.challenge_skips',
    'timers.later_ms',
    'timers.here_counts_as_accept_ms',
    'timers.citizen_lease_ms',
    'timers.away_keeps_ms',
    'notice_first_at',
    'notice_again_at',
    'timers.long_wait_ms',
    'timers.sister_step_ms',
    'answer_aim_ms',
  ],
  ring: [
    'timers.ring_ms',
    'timers.ring_pause_ms',
    'timers.unanswered_rings',
    'timers.ring_windows',
    'timers.ring_total_ms',
    'declines_an_hour',
    'pick_first',
    'timers.window_lease_ms',
    'timers.citizen_accept_ms',
  ],
  missed: [
    'timers.missed_return_ms',
    'timers.missed_return_after',
    'timers.missed_keeps_ms',
    'timers.missed_returns',
    'timers.missed_recalls',
  ],
  order: [
    'order.priority_credit_ms',
    'order.overtaken_by',
    'order.overtaken_ms',
    'order.level_step_ms',
    'order.widen_ms',
    'order.skill_wait_ms',
  ],
  talk: [
    'timers.media_setup_ms',
    'timers.media_text_ms',
    'timers.call_lease_ms',
    'timers.drop_grace_ms',
    'timers.sticky_ms',
    'timers.follow_up_ms',
    'timers.hold_notice_ms',
    'timers.hold_ms',
    'timers.park_ms',
    'max_transfers',
    'timers.referral_keeps_ms',
  ],
  record: ['timers.wrap_up_ms', 'timers.wrap_up_extended_ms'],
  callback: [
    'timers.callback_attempts',
    'timers.callback_pause_ms',
    'timers.callback_dial_ms',
    'timers.callback_keeps_ms',
  ],
  appointment: [
    'appointments.slot_ms',
    'appointments.per_slot',
    'appointments.ahead_ms',
    'appointments.early_ms',
    'appointments.grace_ms',
    'appointments.late_ms',
    'appointments.credit_ms',
    'appointments.late_credit_ms',
    'appointments.no_shows',
    'appointments.no_shows_within_ms',
    'appointments.barred_ms',
    'appointments.most_booked',
  ],
  limits: ['max_live_visits', 'max_left_numbers', 'max_chat_lines', 'max_pictures'],
  hall: ['timers.restart_grace_ms', 'always_open'],
} as const;

export type Group = { name: keyof typeof GROUPS | 'other'; rules: RuleView[] };

/** The rules by group; what a later server knows besides stands last. */
export function grouped(rules: readonly RuleView[]): Group[] {
  const known = new Map(rules.map((rule) => [rule.rule, rule]));
  const groups: Group[] = Object.entries(GROUPS).map(([name, names]) => ({
    name: name as keyof typeof GROUPS,
    rules: names.flatMap((rule) => {
      const view = known.get(rule);
      known.delete(rule);
      return view ? [view] : [];
    }),
  }));
  return [...groups, { name: 'other' as const, rules: [...known.values()] }].filter((group) => group.rules.length > 0);
}

/** Whether a rule is meant by what was typed: each piece of it in what the rule says or in its name. */
export function isMeant(rule: string, typed: string): boolean {
  const words = `${meaningOf(rule)} ${rule}`.toLowerCase();
  return pieces(typed).every((piece) => words.includes(piece));
}

/** What was typed to find a rule by, cut at its spaces. */
export function pieces(typed: string): string[] {
  return typed.toLowerCase().split(/\s+/u).filter(Boolean);
}
