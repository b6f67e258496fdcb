#!/usr/bin/env bash
# kill.sh: P, the program that ships, is killed in the middle of a busy hour at random points, and with thousands waiting, on SQLite and on
# PostgreSQL; after each kill everything acknowledged is there once, each stands where they stood, and everybody is back in time
# (tests/stories/kill). KILLS=200, a third as many more on PostgreSQL; CROWD=10000, CROWD_KILLS=20 on each; KILL_SEED repeats a run.
set -euo pipefail
ulimit -n "$(ulimit -Hn)"
export KILL_POINTS=${KILLS:-200} CROWD=${CROWD:-10000} CROWD_KILLS=${CROWD_KILLS:-20} KILLED_PROGRAM=$P
log=$(mktemp)
trap 'rm -f "$log"' EXIT
whole=0
for story in whatever_was_acknowledged_survives_every_kill crowd::everybody_who_waits_stands_where_they_stood; do
  for store in "" _over_postgresql; do
    cargo test --quiet --test tests -- --exact --nocapture "stories::kill::$story$store" >"$log" 2>&1 || true
    grep -o '{"name":.*}' "$log" || true
    grep -o 'KILL_SEED=.*' "$log" >&2 || true
    # A run that lost something says what.
    grep -q '1 passed' "$log" || { cat "$log" >&2; whole=1; }
  done
done
exit "$whole"
