#!/usr/bin/env bash
# A PostgreSQL and a RabbitMQ of their own for the integration tests, from the system's packages, on free ports of
# 127.0.0.1, with all their files in one folder.
#
#   scripts/services.sh start DIR   installs what is missing (Debian, as root), starts both, writes DIR/services.env
#   scripts/services.sh stop DIR    stops what `start DIR` started; the folder stays
#   scripts/services.sh restart DIR postgres|rabbitmq   kills one of them and starts it again on what it has kept
#   scripts/services.sh alarm DIR on|off                RabbitMQ behaves as if it were short of memory
#
# Then: . DIR/services.env && npx vitest run packages/backend
# SMARTEM_SERVICES_DURABLE=1 has PostgreSQL wait for the disk, for benchmarks.
# As root the servers run as the users `postgres` and `rabbitmq`, who must be able to enter DIR.
set -euo pipefail

fail() {
  printf 'services: %s\n' "$*" >&2
  exit 1
}

# PostgreSQL 15 where it is installed, otherwise the newest.
postgres_bin() {
  local bin found=
  for bin in /usr/lib/postgresql/*/bin; do
    if [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ]; then found=$bin; fi
    case $found in */15/bin) break ;; esac
  done
  [ -n "$found" ] && printf '%s\n' "$found"
}

RABBITMQ_BIN=/usr/lib/rabbitmq/bin

install_missing() {
  local missing=()
  postgres_bin >/dev/null || missing+=(postgresql)
  { [ -x "$RABBITMQ_BIN/rabbitmq-server" ] && command -v epmd >/dev/null; } || missing+=(rabbitmq-server)
  [ "${#missing[@]}" -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    fail "missing: ${missing[*]}. Install them, or run as root on Debian."
  fi
  printf 'services: installing %s\n' "${missing[*]}"
  # With this run level the packages' own scripts start no servers.
  export RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 update -qq
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" </dev/null
}

# Becomes a command, as a system user if this is root, in a session that no Ctrl+C reaches.
become() {
  local user=$1
  shift
  if [ "$(id -u)" -eq 0 ]; then
    exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups setsid "$@"
  fi
  exec setsid "$@"
}

# Ports that are free now and that the system does not hand out by itself.
free_ports() {
  node -e '
    const net = require("node:net");
    const isFree = (port) => new Promise((resolve) => {
      const server = net.createServer().once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    (async () => {
      const found = new Set();
      while (found.size < Number(process.argv[1])) {
        const port = 20000 + Math.floor(Math.random() * 10000);
        if (await isFree(port)) found.add(port);
      }
      console.log([...found].join(" "));
    })();
  ' "$1"
}

random_word() {
  od -An -N12 -tx1 /dev/urandom | tr -d ' \n'
}

own_folder() {
  local user=$1 folder=$2
  mkdir -p "$folder"
  chmod 700 "$folder"
  if [ "$(id -u)" -eq 0 ]; then chown "$user" "$folder"; fi
}

start_postgres() {
  local dir=$1 port=$2 password=$3 bin durability="-c fsync=off -c full_page_writes=off"
  # Tests kill the server, not the machine; benchmarks of what is durable set this.
  if [ -n "${SMARTEM_SERVICES_DURABLE:-}" ]; then durability="-c fsync=on"; fi
  bin=$(postgres_bin)
  (umask 077 && printf '%s\n' "$password" >"$dir/postgres/password")
  if [ "$(id -u)" -eq 0 ]; then chown postgres "$dir/postgres/password"; fi
  (
    cd /
    (become postgres "$bin/initdb" -D "$dir/postgres/data" --no-sync --username=smartem \
      --pwfile="$dir/postgres/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8) \
      >"$dir/postgres.initdb.log" 2>&1 ||
      { cat "$dir/postgres.initdb.log" >&2; fail "PostgreSQL's initdb failed."; }
    (become postgres "$bin/pg_ctl" -D "$dir/postgres/data" -l "$dir/postgres/log" -w -t 60 -s start \
      -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300" \
      -o "$durability") ||
      { cat "$dir/postgres/log" >&2; fail "PostgreSQL did not start."; }
  )
  printf 'services: PostgreSQL %s on port %s\n' "$("$bin/postgres" --version | grep -o '[0-9.]*' | head -n 1)" "$port"
}

rabbitmq_environment() {
  local dir=$1 port=$2 distribution_port=$3 epmd_port=$4
  printf '%s\n' "HOME=$dir/rabbitmq" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    RABBITMQ_NODENAME=smartem-test@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 "RABBITMQ_NODE_PORT=$port" \
    "RABBITMQ_DIST_PORT=$distribution_port" "ERL_EPMD_PORT=$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 \
    "RABBITMQ_MNESIA_BASE=$dir/rabbitmq/mnesia" "RABBITMQ_LOG_BASE=$dir/rabbitmq/log" \
    "RABBITMQ_PID_FILE=$dir/rabbitmq/pid" "RABBITMQ_CONFIG_FILE=$dir/rabbitmq/rabbitmq.conf" \
    "RABBITMQ_ENABLED_PLUGINS_FILE=$dir/rabbitmq/enabled_plugins" RABBITMQ_CONF_ENV_FILE=/dev/null
}

start_rabbitmq() {
  local dir=$1 port=$2 management_port=$3 distribution_port=$4 epmd_port=$5 password=$6 environment
  cat >"$dir/rabbitmq/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$port
management.tcp.ip = 127.0.0.1
management.tcp.port = $management_port
default_user = smartem
default_pass = $password
default_user_tags.administrator = true
collect_statistics_interval = 500
disk_free_limit.absolute = 50MB
CONF
  printf '[rabbitmq_management].\n' >"$dir/rabbitmq/enabled_plugins"
  if [ "$(id -u)" -eq 0 ]; then chown -R rabbitmq "$dir/rabbitmq"; fi
  mapfile -t environment < <(rabbitmq_environment "$dir" "$port" "$distribution_port" "$epmd_port")
  cd /
  (become rabbitmq env -i "${environment[@]}" epmd -port "$epmd_port" -address 127.0.0.1) \
    >"$dir/epmd.log" 2>&1 </dev/null &
  printf '%s\n' "$!" >"$dir/epmd.pid"
  printf '%s\n' "${environment[@]}" >"$dir/rabbitmq.environment"
  run_rabbitmq "$dir"
}

run_rabbitmq() {
  local dir=$1 environment
  mapfile -t environment <"$dir/rabbitmq.environment"
  cd /
  (become rabbitmq env -i "${environment[@]}" "$RABBITMQ_BIN/rabbitmq-server") \
    >>"$dir/rabbitmq.log" 2>&1 </dev/null &
  printf '%s\n' "$!" >"$dir/rabbitmq-server.pid"
}

restart() {
  local dir=$1
  dir=$(cd "$dir" && pwd -P)
  case $2 in
    postgres)
      (cd / && become postgres "$(postgres_bin)/pg_ctl" -D "$dir/postgres/data" -l "$dir/postgres/log" -m immediate -w -t 60 -s restart) ||
        { cat "$dir/postgres/log" >&2; fail "PostgreSQL did not start again."; }
      ;;
    rabbitmq)
      end_group "$dir/rabbitmq-server.pid"
      (run_rabbitmq "$dir")
      ;;
    *) fail "usage: $0 restart DIR postgres|rabbitmq" ;;
  esac
}

# Short of memory, RabbitMQ reads no more from the connections that publish.
alarm() {
  local dir=$1 watermark environment
  dir=$(cd "$dir" && pwd -P)
  case $2 in
    on) watermark=0 ;;
    off) watermark=0.4 ;;
    *) fail "usage: $0 alarm DIR on|off" ;;
  esac
  mapfile -t environment <"$dir/rabbitmq.environment"
  cd /
  (become rabbitmq env -i "${environment[@]}" "$RABBITMQ_BIN/rabbitmqctl" set_vm_memory_high_watermark "$watermark")
}

# Until the broker's own health check says that it listens.
wait_for_rabbitmq() {
  local dir=$1 port=$2 management_port=$3 password=$4
  node -e '
    const [url, password, serverPid] = process.argv.slice(1);
    const headers = { authorization: "Basic " + Buffer.from("smartem:" + password).toString("base64") };
    const deadline = Date.now() + 180_000;
    (async () => {
      while (Date.now() < deadline) {
        const response = await fetch(url, { headers }).catch(() => undefined);
        if (response?.ok) return;
        try { process.kill(Number(serverPid), 0); } catch { process.exit(1); }
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      process.exit(1);
    })();
  ' "http://127.0.0.1:$management_port/api/health/checks/port-listener/$port" "$password" "$(cat "$dir/rabbitmq-server.pid")" ||
    { cat "$dir/rabbitmq.log" >&2; fail "RabbitMQ did not start."; }
  printf 'services: RabbitMQ on port %s\n' "$port"
}

start() {
  local dir=$1 postgres_port port management_port distribution_port epmd_port postgres_password rabbitmq_password
  [ -e "$dir/services.env" ] && fail "$dir is in use; stop it first."
  install_missing
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd -P)
  chmod 755 "$dir"
  own_folder postgres "$dir/postgres"
  own_folder rabbitmq "$dir/rabbitmq"
  read -r postgres_port port management_port distribution_port epmd_port <<<"$(free_ports 5)"
  postgres_password=$(random_word)
  rabbitmq_password=$(random_word)
  # shellcheck disable=SC2064  # the folder of now, which is not known any more when the trap runs
  trap "stop $(printf '%q' "$dir") >&2" EXIT
  (start_rabbitmq "$dir" "$port" "$management_port" "$distribution_port" "$epmd_port" "$rabbitmq_password")
  start_postgres "$dir" "$postgres_port" "$postgres_password"
  wait_for_rabbitmq "$dir" "$port" "$management_port" "$rabbitmq_password"
  (
    umask 077
    cat >"$dir/services.env" <<ENV
export SMARTEM_TEST_POSTGRES_URL=postgres://smartem:$postgres_password@127.0.0.1:$postgres_port/postgres
export SMARTEM_TEST_RABBITMQ_URL=amqp://smartem:$rabbitmq_password@127.0.0.1:$port
export SMARTEM_TEST_RABBITMQ_MANAGEMENT_URL=http://smartem:$rabbitmq_password@127.0.0.1:$management_port
export SMARTEM_TEST_SERVICES_DIR=$dir
export SMARTEM_REQUIRE_SERVICES=1
ENV
  )
  trap - EXIT
}

# Ends a process, whose number a file holds, and all of its group, and waits until it is gone. What these servers hold
# is not worth an orderly shutdown.
end_group() {
  local pid tries=0
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill -KILL -- "-$pid" 2>/dev/null || true
  # A zombie that nobody has taken note of yet has ended too.
  while grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$pid/status" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -gt 100 ] && fail "process $pid does not end."
    sleep 0.1
  done
  rm -f "$1"
}

stop() {
  local dir=$1 bin
  [ -d "$dir" ] || return 0
  dir=$(cd "$dir" && pwd -P)
  # First the server: while it runs, it would start an epmd of its own.
  end_group "$dir/rabbitmq-server.pid"
  end_group "$dir/epmd.pid"
  if [ -e "$dir/postgres/data/postmaster.pid" ]; then
    bin=$(postgres_bin)
    (cd / && become postgres "$bin/pg_ctl" -D "$dir/postgres/data" -m immediate -w -s stop) || true
  fi
  rm -f "$dir/services.env"
}

case "${1:-} ${2:+DIR}" in
  "start DIR") start "$2" ;;
  "stop DIR") stop "$2" ;;
  "restart DIR") restart "$2" "${3:-}" ;;
  "alarm DIR") alarm "$2" "${3:-}" ;;
  *) fail "usage: $0 start|stop DIR, $0 restart DIR postgres|rabbitmq, or $0 alarm DIR on|off" ;;
esac
