# house.sh: a fresh help desk for a load script, in its own network namespace. Sourced.
# P = the program, C = the sample catalogue; the script sets $work, a folder of its own, and $windows.
ulimit -n 20000 2>/dev/null || true
# What fails while a house is set up ends the script.
shopt -s inherit_errexit
address=127.0.0.1:8090

# A hall with its bounds raised, where people need not say that they are still there; prints its staff as name:password,…
set_up_house() {
  rm -rf "$work/house"; mkdir "$work/house"
  (
    cd "$work/house"
    "$P" init --name bench --id xinqu --telephone 12345 --windows "$windows" --hours '1-7 00:00-24:00' --administrator admin --display-name admin \
      --badge 1 --origin "http://$address" --listen "$address" --certificate - --media 127.0.0.1:8091 --advertised 127.0.0.1 --data data --catalogue "$C" >/dev/null
    "$P" rules --set max_live_visits=100000 --set timers.citizen_lease_ms=36000000 >/dev/null
    for nth in $(seq "$windows"); do
      "$P" staff add --name "wang$nth" --display-name "wang$nth" --badge "$nth" | grep -oE '[a-zA-Z0-9]{12}' | head -1 | sed "s/^/wang$nth:/"
    done | paste -sd,
  )
}

# Starts it; its process is $house.
open_house() {
  (cd "$work/house" && exec env YUNYIBAN_LIMITS__VISITS_PER_ADDRESS_PER_MINUTE=1000000 YUNYIBAN_LIMITS__CONNECTIONS=20000 YUNYIBAN_LOG__LEVEL=error \
    "$P" serve >"$work/house/log" 2>&1) & house=$!
  pids+=("$house")
  until (exec 3<>"/dev/tcp/127.0.0.1/8090") 2>/dev/null; do kill -0 "$house"; done
}

close_house() { kill "$house"; wait "$house" 2>/dev/null || true; }
