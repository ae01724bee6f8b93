#!/usr/bin/env bash
# A private PostgreSQL cluster for one test run: ci/postgres.sh start DIR | stop DIR
# `start` prints the URL. Durability is off: a test database lives for minutes.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

verb=${1:?start or stop} dir=${2:?a directory}
bin=$(postgres_bin)
[ -n "$bin" ] || die "PostgreSQL's server is not installed; run ci/install.sh test"

# PostgreSQL refuses to run as root.
as_user=(env "HOME=$dir")
[ "$(id -u)" != 0 ] || as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups env "HOME=$dir")

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start() {
  local port
  port=$(free_port)
  mkdir -p "$dir"
  chmod 755 "$dir"
  [ "$(id -u)" != 0 ] || chown 65534:65534 "$dir"
  "${as_user[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir.initdb.log"
  "${as_user[@]}" "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" start -o "-p $port \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c shared_buffers=128MB -c max_connections=200" >/dev/null
  echo "postgres://postgres@127.0.0.1:$port"
}

case $verb in
  start) start ;;
  stop) "${as_user[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null ;;
  *) die "unknown verb $verb" ;;
esac
