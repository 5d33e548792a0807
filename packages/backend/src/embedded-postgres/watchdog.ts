/** Stands in the watchdog's command line, by which it is recognised. */
export const WATCHDOG_NAME = "smartem-postgres-watchdog";

/** The watchdog's exit code when other processes still hold the cluster. */
export const WATCHDOG_CLUSTER_HELD = 75;

/**
 * The parent of PostgreSQL's server, a POSIX shell script: `sh -c SCRIPT NAME STALE_FILE PROGRAM ARGUMENT…`.
 *
 * Its standard input is a pipe whose other end the application holds. When that end closes, because the application
 * wants it or because it died in whatever way, the server is shut down: fast (SIGINT: transactions are rolled back,
 * a checkpoint is written), after 60 s at once (SIGQUIT: as safe, but the next start recovers from the log), after
 * 10 s more by force. The script's exit code is the server's.
 *
 * File descriptor 3 is a lock file. The lock passes on to the server's processes, so it is held until the last of
 * them is gone; it also keeps two containers apart that share one volume and see nothing else of each other. Its holder
 * may remove STALE_FILE, the `postmaster.pid` of a server that is no more.
 */
export const WATCHDOG_SCRIPT = `
trap '' HUP INT TERM
if command -v flock >/dev/null 2>&1; then
  tenths=0
  while flock -n 3; [ $? -eq 1 ]; do
    [ "$tenths" -ge 50 ] && exit ${WATCHDOG_CLUSTER_HELD}
    tenths=$((tenths + 1))
    sleep 0.1
  done
fi
rm -f -- "$1"
shift
exec 4<&0 </dev/null
"$@" 4<&- &
server=$!
(
  exec 3>&-
  while read -r _; do :; done
  stop_with() {
    kill -s "$1" "$server" || exit 0
    tenths=0
    while kill -0 "$server" && [ "$tenths" -lt "$2" ]; do
      tenths=$((tenths + 1))
      sleep 0.1
    done
  }
  stop_with INT 600
  stop_with QUIT 100
  stop_with KILL 100
) <&4 >/dev/null 2>&1 &
reader=$!
exec 4<&-
wait "$server"
code=$?
kill -s KILL "$reader"
wait "$reader"
exit "$code"
`;
