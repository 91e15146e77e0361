# To be sourced by bash: a PostgreSQL of our own in a temporary folder, stopped at the
# end of the script. It exports TOUCAN_OWN_POSTGRES, the address of an empty database,
# and TOUCAN_OWN_POSTGRES_PID. Give it settings, such as: . tools/postgres.sh -c fsync=off
own_pgbin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
own_pg=$(mktemp -d)
own_as=()
if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
  id postgres >/dev/null 2>&1 || useradd --system postgres
  chown postgres "$own_pg"
  own_as=(setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups env HOME="$own_pg")
fi
own_stop() { (cd "$own_pg" && "${own_as[@]}" "$own_pgbin/pg_ctl" -D "$own_pg/data" -m immediate stop >/dev/null 2>&1) || true; rm -rf "$own_pg"; }
trap own_stop EXIT
own_port=$((20000 + RANDOM % 20000))
(cd "$own_pg" && "${own_as[@]}" "$own_pgbin/initdb" -D "$own_pg/data" -U owner -A trust -E UTF8 --locale=C.UTF-8 >"$own_pg.initdb" 2>&1) || { cat "$own_pg.initdb"; exit 1; }
rm -f "$own_pg.initdb"
(cd "$own_pg" && "${own_as[@]}" "$own_pgbin/pg_ctl" -D "$own_pg/data" -w -l "$own_pg/log" \
  -o "-p $own_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$own_pg -c max_connections=200 $*" start >/dev/null) || { cat "$own_pg/log"; exit 1; }
"$own_pgbin/psql" -h 127.0.0.1 -p "$own_port" -U owner -d postgres -v ON_ERROR_STOP=1 -q \
  -c "CREATE ROLE toucan LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS" -c "CREATE DATABASE toucan OWNER toucan"
export TOUCAN_OWN_POSTGRES="postgres://toucan@127.0.0.1:$own_port/toucan?sslmode=disable"
TOUCAN_OWN_POSTGRES_PID=$(head -n 1 "$own_pg/data/postmaster.pid")
export TOUCAN_OWN_POSTGRES_PID
