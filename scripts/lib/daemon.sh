# shellcheck shell=bash
# Processes in the background, known by pid and start time: a reused pid is never taken for ours.

# daemon_start PIDFILE LOG COMMAND... - starts it detached and remembers it
daemon_start() {
    local pid_file=$1 log=$2
    shift 2
    setsid "$@" >>"$log" 2>&1 </dev/null 8>&- 9>&- &
    local pid=$!
    printf '%s %s\n' "$pid" "$(daemon_born "$pid")" >"$pid_file"
    STARTED_BY_US+=("$pid_file")
}

# daemon_alive PIDFILE - true when the very process that was started still runs
daemon_alive() {
    local pid born
    [ -s "$1" ] || return 1
    read -r pid born <"$1" || return 1
    [ -n "$born" ] && [ "$(daemon_born "$pid")" = "$born" ]
}

# daemon_pid PIDFILE
daemon_pid() {
    local pid rest
    read -r pid rest <"$1" && printf '%s' "$pid"
}

# daemon_stop PIDFILE [SIGNAL] [SECONDS] - asks it to end, waits, and only then insists
daemon_stop() {
    local pid_file=$1 signal=${2:-TERM} patience=${3:-30}
    if daemon_alive "$pid_file"; then
        daemon_signal "$pid_file" "$signal"
        wait_for "$patience" daemon_gone "$pid_file" || daemon_signal "$pid_file" KILL
        wait_for 5 daemon_gone "$pid_file" || true
    fi
    rm -f "$pid_file"
}

# daemon_signal PIDFILE SIGNAL
daemon_signal() {
    kill -s "$2" "$(daemon_pid "$1")" 2>/dev/null || true
}

daemon_gone() {
    ! daemon_alive "$1"
}

# daemon_memory PIDFILE - resident MiB; of a family the fair share of each, since its members share pages
daemon_memory() {
    local pid children
    pid=$(daemon_pid "$1")
    children=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || true)
    if [ -n "$children" ] && [ -r "/proc/$pid/smaps_rollup" ]; then
        # shellcheck disable=SC2086,SC2046
        cat "/proc/$pid/smaps_rollup" $(printf '/proc/%s/smaps_rollup ' $children) 2>/dev/null |
            awk '/^Pss:/ { kib += $2 } END { printf "%d", (kib + 512) / 1024 }'
    else
        awk '/^VmRSS:/ { printf "%d", ($2 + 512) / 1024 }' "/proc/$pid/status" 2>/dev/null || true
    fi
}

# daemon_born PID - the start time in clock ticks since boot, empty for a process that is gone or a zombie
daemon_born() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    stat=${stat##*) }
    # shellcheck disable=SC2086,SC2046
    set -- $stat
    [ "$1" = Z ] || printf '%s' "${20}"
}

# wait_for SECONDS COMMAND... - polls until the command succeeds or time is up
wait_for() {
    local deadline=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

# port_answers PORT - somebody listens on loopback
port_answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# port_of FILE BASE - the remembered port while it is free, else the first free one from BASE on
port_of() {
    local file=$1 port=$2
    if [ -s "$file" ]; then
        port=$(cat "$file")
    fi
    while port_answers "$port" || port_is_spoken_for "$port" "$file"; do
        port=$((port + 1))
    done
    printf '%s\n' "$port" >"$file"
    printf '%s' "$port"
}

# port_is_spoken_for PORT FILE - another store of this checkout remembers that port
port_is_spoken_for() {
    local other
    for other in "$STATE_ROOT"/*/*/port "$STATE_ROOT"/*/*/controller-port; do
        [ "$other" != "$2" ] && [ -s "$other" ] && [ "$(cat "$other")" = "$1" ] && return 0
    done
    return 1
}
