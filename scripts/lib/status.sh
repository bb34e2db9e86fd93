# shellcheck shell=bash
# The table of `scripts/up --status`.

# status_table - every process with its ports, health and memory; false when one of them is not well
status_table() {
    local name well=0
    printf '%-16s %8s  %-30s %-10s %8s\n' process pid ports health memory
    status_store postgres "PostgreSQL" || well=1
    status_store redis "Redis" || well=1
    status_store kafka "Kafka" || well=1
    for name in "${SERVICES[@]}"; do
        status_service "$name" || well=1
    done
    return "$well"
}

status_store() {
    local dir="$UP/$1" health=ready
    if grep -qs "^$1 " "$UP/given"; then
        printf '%-16s %8s  %-30s %-10s %8s\n' "$2" - "$(sed -n "s/^$1 //p" "$UP/given")" given -
        return
    fi
    if ! daemon_alive "$dir/pid"; then
        printf '%-16s %8s  %-30s %-10s %8s\n' "$2" - - stopped -
        return 1
    fi
    "$1_answers" "$dir" || health=sick
    status_row "$2" "$dir/pid" "$(cat "$dir/port")" "$health"
    [ "$health" = ready ]
}

status_service() {
    local pid_file="$UP/pid/$1" health=ready ports
    if ! daemon_alive "$pid_file"; then
        printf '%-16s %8s  %-30s %-10s %8s\n' "$1" - - stopped -
        return 1
    fi
    service_ready "$1" || health="not ready"
    # the ports it was started with, whatever the variables say today
    ports=$(tail -n 1 "$pid_file.stamp" | sed -e 's/GRPC_PORT=/grpc /' -e 's/OPS_PORT=/ops /' -e 's/PORT=/http /')
    status_row "$1" "$pid_file" "$ports" "$health"
    [ "$health" = ready ]
}

status_row() {
    printf '%-16s %8s  %-30s %-10s %4s MiB\n' "$1" "$(daemon_pid "$2")" "$3" "$4" "$(daemon_memory "$2")"
}
