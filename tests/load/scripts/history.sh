#!/usr/bin/env bash
# history.sh: long days of the real program under everything that goes wrong, on SQLite and on PostgreSQL; each is written down as a
# history and checked (tests/history). HISTORY_OPS=200000 a store; HISTORY_SEED draws the same people and faults again.
set -euo pipefail
export HISTORY_OPS=${HISTORY_OPS:-200000}
whole=0
for store in "" _over_postgresql; do
  log=$(mktemp)
  cargo test --quiet --test tests -- --exact --nocapture "history::every_check_of_a_hard_day_is_valid$store" >"$log" 2>&1 || true
  grep -o '{"name":.*' "$log" || true
  # A day that was void or wrong says why.
  grep -q '1 passed' "$log" || { cat "$log" >&2; whole=1; }
  rm -f "$log"
done
exit "$whole"
