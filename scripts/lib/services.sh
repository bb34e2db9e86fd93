# shellcheck shell=bash
# The services of `up`: plain processes with pid files, logs and settings under .pizzeria/up.
# Ports are chosen here; each can be set from outside, for example GATEWAY_PORT=9000 scripts/up.

GATEWAY_PORT=${GATEWAY_PORT:-8080}
GATEWAY_GRPC_PORT=${GATEWAY_GRPC_PORT:-50051}
GATEWAY_OPS_PORT=${GATEWAY_OPS_PORT:-9051}
SLOT_SCHEDULER_GRPC_PORT=${SLOT_SCHEDULER_GRPC_PORT:-50052}
SLOT_SCHEDULER_OPS_PORT=${SLOT_SCHEDULER_OPS_PORT:-9052}
ORDER_CONSUMER_GRPC_PORT=${ORDER_CONSUMER_GRPC_PORT:-50053}
ORDER_CONSUMER_OPS_PORT=${ORDER_CONSUMER_OPS_PORT:-9053}
MENU_GRPC_PORT=${MENU_GRPC_PORT:-50054}
MENU_OPS_PORT=${MENU_OPS_PORT:-9054}
WS_FANOUT_PORT=${WS_FANOUT_PORT:-8081}
WS_FANOUT_OPS_PORT=${WS_FANOUT_OPS_PORT:-9081}

# who is asked starts before who asks
SERVICES_WITH_TABLES=(menu slot-scheduler order-consumer)
SERVICES_AT_THE_EDGE=(order-gateway ws-fanout)
SERVICES=("${SERVICES_WITH_TABLES[@]}" "${SERVICES_AT_THE_EDGE[@]}")

UP="$STATE_ROOT/up"
READY_SECONDS=60

# service_ports NAME - the settings that differ from service to service; the first one is the one people use
service_ports() {
    case $1 in
        order-gateway) echo "PORT=$GATEWAY_PORT GRPC_PORT=$GATEWAY_GRPC_PORT OPS_PORT=$GATEWAY_OPS_PORT" ;;
        slot-scheduler) echo "GRPC_PORT=$SLOT_SCHEDULER_GRPC_PORT OPS_PORT=$SLOT_SCHEDULER_OPS_PORT" ;;
        order-consumer) echo "GRPC_PORT=$ORDER_CONSUMER_GRPC_PORT OPS_PORT=$ORDER_CONSUMER_OPS_PORT" ;;
        menu) echo "GRPC_PORT=$MENU_GRPC_PORT OPS_PORT=$MENU_OPS_PORT" ;;
        ws-fanout) echo "PORT=$WS_FANOUT_PORT OPS_PORT=$WS_FANOUT_OPS_PORT" ;;
    esac
}

# service_settings - what every service is told, written to .pizzeria/up/env for people and tools
service_settings() {
    local name
    (
        umask 077
        {
            echo "# settings of every service, made by scripts/up; source it to speak to the system as they do"
            for name in ENV HOST DATABASE_URL REDIS_URL KAFKA_BROKERS JWT_PUBLIC_KEY INTERNAL_SECRET \
                SLOT_SCHEDULER_URL ORDER_CONSUMER_URL MENU_URL GATEWAY_URL GATEWAY_GRPC_URL WS_FANOUT_URL \
                LOG_FORMAT RUST_LOG KAFKA_USERNAME KAFKA_PASSWORD KAFKA_CA_CERT KAFKA_TOPIC_PREFIX; do
                [ -z "${!name:-}" ] || printf 'export %s=%q\n' "$name" "${!name}"
            done
        } >"$UP/env.new"
    )
    mv "$UP/env.new" "$UP/env"
}

# service_defaults - the values of those settings on this machine; the stores' addresses are set already
service_defaults() {
    export ENV=development HOST=127.0.0.1
    export JWT_PUBLIC_KEY="$UP/jwt-public.pem"
    INTERNAL_SECRET=$(cat "$UP/internal-secret")
    export INTERNAL_SECRET
    export SLOT_SCHEDULER_URL="http://127.0.0.1:$SLOT_SCHEDULER_GRPC_PORT"
    export ORDER_CONSUMER_URL="http://127.0.0.1:$ORDER_CONSUMER_GRPC_PORT"
    export MENU_URL="http://127.0.0.1:$MENU_GRPC_PORT"
    export GATEWAY_URL="http://127.0.0.1:$GATEWAY_PORT"
    export GATEWAY_GRPC_URL="http://127.0.0.1:$GATEWAY_GRPC_PORT"
    export WS_FANOUT_URL="ws://127.0.0.1:$WS_FANOUT_PORT"
    export LOG_FORMAT=${LOG_FORMAT:-json} RUST_LOG=${RUST_LOG:-info,orders=debug}
    # an error that ends a program is its chain of causes; a trace of calls is for panics
    export RUST_LIB_BACKTRACE=0
}

# services_have_ports - whether what does not run yet could listen
services_have_ports() {
    local name port ports
    for name in "${SERVICES[@]}"; do
        daemon_alive "$UP/pid/$name" && continue
        read -r -a ports <<<"$(service_ports "$name")"
        for port in "${ports[@]}"; do
            ! port_answers "${port#*=}" ||
                fail "$name needs port ${port#*=}, and another program listens there" \
                    "end that program, or choose another port: the names are at the top of scripts/lib/services.sh"
        done
    done
}

# services_start BIN_DIR - starts those that do not run
services_start() {
    local bin=$1 name
    mkdir -p "$UP/log" "$UP/pid"
    for name in "${SERVICES[@]}"; do
        service_start "$bin" "$name"
    done
}

# services_await NAME... - waits until each is ready
services_await() {
    local name
    for name in "$@"; do
        service_await "$name"
    done
}

# service_start BIN_DIR NAME - leaves a running one alone unless its program or its settings changed
service_start() {
    local bin=$1 name=$2 pid_file="$UP/pid/$2" stamp ports
    read -r -a ports <<<"$(service_ports "$name")"
    stamp=$(stat -c '%n %i %Y %s' "$bin/$name" && sha256sum <"$UP/env" && echo "${ports[@]}")
    if daemon_alive "$pid_file"; then
        [ "$(cat "$pid_file.stamp" 2>/dev/null)" = "$stamp" ] && return
        say "$name: the program or its settings changed, starting it anew"
        daemon_stop "$pid_file"
    fi
    say "starting $name"
    # every run begins with a fresh log; the one before is kept
    [ ! -s "$UP/log/$name.log" ] || mv "$UP/log/$name.log" "$UP/log/$name.log.1"
    daemon_start "$pid_file" "$UP/log/$name.log" env "${ports[@]}" "$bin/$name"
    printf '%s\n' "$stamp" >"$pid_file.stamp"
}

# service_await NAME - waits for /readyz, or says why it cannot be had
service_await() {
    local name=$1
    if wait_for "$READY_SECONDS" service_ready_or_dead "$name" && service_ready "$name"; then
        return
    fi
    last_lines "$UP/log/$name.log"
    if daemon_alive "$UP/pid/$name"; then
        printf '         it says: %s\n' "$(service_health_text "$name")" >&2
        fail "$name runs but is not ready after $READY_SECONDS s" "the whole log: $UP/log/$name.log"
    fi
    fail "$name ended by itself" "the whole log: $UP/log/$name.log"
}

service_ready_or_dead() {
    service_ready "$1" || daemon_gone "$UP/pid/$1"
}

service_ready() {
    curl -fs -m 2 -o /dev/null "http://127.0.0.1:$(service_ops_port "$1")/readyz"
}

service_health_text() {
    curl -s -m 2 "http://127.0.0.1:$(service_ops_port "$1")/readyz" | head -c 600 || true
}

service_ops_port() {
    service_ports "$1" | sed 's/.*OPS_PORT=//'
}

# services_stop - who asks goes before who is asked
services_stop() {
    services_stop_together "${SERVICES_AT_THE_EDGE[@]}"
    services_stop_together "${SERVICES_WITH_TABLES[@]}"
}

# services_stop_together NAME... - they drain at the same time
services_stop_together() {
    local name
    for name in "$@"; do
        daemon_alive "$UP/pid/$name" || continue
        say "stopping $name"
        daemon_signal "$UP/pid/$name" TERM
    done
    for name in "$@"; do
        wait_for 35 daemon_gone "$UP/pid/$name" || say "$name does not end, killing it"
        daemon_stop "$UP/pid/$name" KILL
        rm -f "$UP/pid/$name.stamp"
    done
}
