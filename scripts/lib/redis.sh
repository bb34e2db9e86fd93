# shellcheck shell=bash
# One Redis server of this checkout on loopback.

# redis_start NAME - idempotent; leaves the port in <state>/redis/port
redis_start() {
    local name=$1 dir="$STATE_ROOT/$1/redis" port keep=yes
    mkdir -p "$dir/data"
    if daemon_alive "$dir/pid"; then
        detail "Redis runs already on port $(cat "$dir/port")"
        return
    fi
    port=$(port_of "$dir/port" "$(store_base_port "$name" 6379)")
    [ "$name" = test ] && keep=no
    daemon_start "$dir/pid" "$dir/log" redis-server --bind 127.0.0.1 --port "$port" --dir "$dir/data" \
        --save '' --appendonly "$keep" --maxmemory-policy noeviction
    if ! wait_for 20 redis_answers "$dir"; then
        last_lines "$dir/log"
        fail "Redis did not start" "look at $dir/log"
    fi
    say "Redis answers on 127.0.0.1:$port"
}

# redis_stop NAME
redis_stop() {
    daemon_stop "$STATE_ROOT/$1/redis/pid" TERM 15
}

# redis_wipe NAME
redis_wipe() {
    rm -rf "$STATE_ROOT/$1/redis"
}

redis_answers() {
    daemon_alive "$1/pid" && [ "$(redis-cli -h 127.0.0.1 -p "$(cat "$1/port")" ping 2>/dev/null)" = PONG ]
}
