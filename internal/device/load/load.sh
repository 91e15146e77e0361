#!/usr/bin/env bash
# All figures of docs/benchmarks.md about devices, on both engines: `make load`.
# `load.sh quick` is the version of half a minute that runs with the tests.
# Server and database are pinned to core 0, the generator to core 1.
set -euo pipefail
cd "$(dirname "$0")/../../.."
go build -o tmp/load ./internal/device/load
pins=(-server-cpu 0 -load-cpu 1)
[ "$(nproc)" -ge 2 ] || pins=()
postgres() { # mode and flags, on a PostgreSQL that is thrown away afterwards
  (. tools/postgres.sh -c fsync=on; [ ${#pins[@]} = 0 ] || taskset -a -p -c 0 "$TOUCAN_OWN_POSTGRES_PID" >/dev/null
   tmp/load -database "$TOUCAN_OWN_POSTGRES" -postgres-pid "$TOUCAN_OWN_POSTGRES_PID" "${pins[@]}" "$@")
}
run() { echo; echo "== $*"; tmp/load "${pins[@]}" "$@"; }
both() { run "$@"; echo; echo "== on PostgreSQL: $*"; postgres "$@"; }

if [ "${1:-}" = quick ]; then
  run -mode checkin -devices 5000 -for 5s # so many, for a device that reports all the time is held back
  run -mode checkin -devices 700 -for 2s -rate 300
  run -mode herd -devices 500 -window 6s -kill
  run -mode idle -devices 200 -for 4s
  echo; echo "== on PostgreSQL: the herd"; postgres -mode herd -devices 300 -window 6s -kill
  exit
fi
both -mode checkin -devices 30000 -connections 128 -for 60s
both -mode checkin -devices 30000 -connections 128 -for 60s -changes 0
for rate in 1000 2000; do # how long an answer takes while the server is not full
  both -mode checkin -devices 30000 -connections 128 -for 60s -rate $rate
done
run -mode idle -devices 10000 -connections 64 -for 60s
both -mode herd -devices 100000 -connections 256 -window 5m
both -mode herd -devices 20000 -connections 256 -window 1m -kill
run -mode hosts -devices 25000 -connections 512 -for 10m
