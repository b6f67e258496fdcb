# parts.sh: runs the parts of a long measurement one after another, each in a process group of its own, and ends
# what a part left behind, also after Ctrl-C. A part that fails, or whose figures miss a bar or say less than they should (scripts/figures.py), is named
# and does not stop those after it. Sourced by bench and soak, which set `here`.
failed=() group=

say() { echo "== $*" >&2; }

# A group that does not end when asked is ended.
end_group() {
  [ -n "$group" ] || return 0
  kill -TERM -- "-$group" 2>/dev/null || { group=; return 0; }
  for _ in $(seq 50); do
    kill -0 -- "-$group" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$group" 2>/dev/null || true
  group=
}

trap 'end_group; exit 130' INT TERM HUP

part() {
  local name=$1 status=0; shift
  say "$name · $(date -u +%H:%M:%S)"
  set -m
  (set +m; "$@" </dev/null | "$here/scripts/figures.py" of "$name") & group=$!
  set +m
  wait "$group" || status=$?
  end_group
  [ "$status" = 0 ] || failed+=("$name")
}

finish() {
  [ ${#failed[@]} -eq 0 ] && return 0
  say "failed: ${failed[*]}"
  exit 1
}
