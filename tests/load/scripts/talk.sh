#!/usr/bin/env bash
# talk.sh: P, the program that ships, is killed at drawn moments while fifty wait and three talk in real browsers; after each kill
# everything told is there once and in its order, and the three hear each other again (tests/browser/stories/kill.spec.ts).
# TALK_KILLS=100; KILL_SEED draws the same moments again.
set -euo pipefail
export TALK_KILLS=${TALK_KILLS:-100} PROGRAM_UNDER_TEST=$P
log=$(mktemp)
trap 'rm -f "$log"' EXIT
whole=0
deploy/scripts/browser-tests stories/kill.spec.ts >"$log" 2>&1 || whole=1
grep '{"name":"talk_kills"' "$log" || whole=1
[ "$whole" = 0 ] || cat "$log" >&2
exit "$whole"
