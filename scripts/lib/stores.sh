# shellcheck shell=bash
# The three stores together. NAME is `up` (what a person runs) or `test` (throw-away).
# Sourced by every script: ROOT must be set to the checkout.

STATE_ROOT="$ROOT/.pizzeria"
KAFKA_LIBS="$STATE_ROOT/kafka-libs"
# pid files of what this very run started, in order
STARTED_BY_US=()
# what the caller brought along is used instead of starting one here
GIVEN_DATABASE_URL=${DATABASE_URL:-}
GIVEN_REDIS_URL=${REDIS_URL:-}
GIVEN_KAFKA_BROKERS=${KAFKA_BROKERS:-}

# shellcheck source=scripts/lib/say.sh
. "$ROOT/scripts/lib/say.sh"
# shellcheck source=scripts/lib/daemon.sh
. "$ROOT/scripts/lib/daemon.sh"
# shellcheck source=scripts/lib/packages.sh
. "$ROOT/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/postgres.sh
. "$ROOT/scripts/lib/postgres.sh"
# shellcheck source=scripts/lib/redis.sh
. "$ROOT/scripts/lib/redis.sh"
# shellcheck source=scripts/lib/kafka.sh
. "$ROOT/scripts/lib/kafka.sh"

# disown_ours - addresses that come from a sourced .pizzeria/*/env are our own stores, not given ones
disown_ours() {
    local dir
    for dir in "$STATE_ROOT"/up "$STATE_ROOT"/test; do
        if is_at "$GIVEN_DATABASE_URL" "$dir/postgres/port"; then GIVEN_DATABASE_URL=; fi
        if is_at "$GIVEN_REDIS_URL" "$dir/redis/port"; then GIVEN_REDIS_URL=; fi
        if is_at "$GIVEN_KAFKA_BROKERS" "$dir/kafka/port"; then GIVEN_KAFKA_BROKERS=; fi
    done
}

is_at() {
    [ -s "$2" ] && [[ "$1/" == *"127.0.0.1:$(cat "$2")/"* ]]
}

# stores_start NAME - starts what is not given and does not run yet
stores_start() {
    local name=$1
    mkdir -p "$STATE_ROOT/$name"
    packages_for_stores
    if [ -z "$GIVEN_DATABASE_URL" ]; then postgres_start "$name"; else detail "PostgreSQL: the given DATABASE_URL"; fi
    if [ -z "$GIVEN_REDIS_URL" ]; then redis_start "$name"; else detail "Redis: the given REDIS_URL"; fi
    if [ -z "$GIVEN_KAFKA_BROKERS" ]; then kafka_start "$name"; else detail "Kafka: the given KAFKA_BROKERS"; fi
}

# stores_addresses NAME USER DATABASE - sets DATABASE_URL, REDIS_URL and KAFKA_BROKERS
stores_addresses() {
    DATABASE_URL=${GIVEN_DATABASE_URL:-$(postgres_url "$1" "$2" "$3")}
    REDIS_URL=${GIVEN_REDIS_URL:-redis://127.0.0.1:$(cat "$STATE_ROOT/$1/redis/port")}
    KAFKA_BROKERS=${GIVEN_KAFKA_BROKERS:-127.0.0.1:$(cat "$STATE_ROOT/$1/kafka/port")}
    export DATABASE_URL REDIS_URL KAFKA_BROKERS
}

# stores_stop NAME - in the opposite order
stores_stop() {
    kafka_stop "$1"
    redis_stop "$1"
    postgres_stop "$1"
}

# stores_wipe NAME - forgets the data of stopped stores
stores_wipe() {
    kafka_wipe "$1"
    redis_wipe "$1"
    postgres_wipe "$1"
}

# store_base_port NAME DEFAULT - where the search for a free port begins, away from every usual port
store_base_port() {
    case $1 in
        test) printf '%s' "$(($2 + 10000))" ;;
        *) printf '%s' "$(($2 + 20000))" ;;
    esac
}

# stop_what_we_started - the opposite order of their starting
stop_what_we_started() {
    local i
    for ((i = ${#STARTED_BY_US[@]} - 1; i >= 0; i--)); do
        case ${STARTED_BY_US[i]} in
            */postgres/pid) daemon_stop "${STARTED_BY_US[i]}" INT ;;
            *) daemon_stop "${STARTED_BY_US[i]}" ;;
        esac
    done
    STARTED_BY_US=()
}

# stores_for_a_run - the stores of the tests, ready, with their addresses set. A run has databases and topics of its own
# in them. What it started is stopped when it ends, unless another run uses it by then.
stores_for_a_run() {
    mkdir -p "$STATE_ROOT/test"
    exec 8>"$STATE_ROOT/test/users"
    trap end_run EXIT
    one_at_a_time test
    stores_start test
    stores_addresses test postgres postgres
    flock -s 8
    exec 9>&-
}

# end_run - stops what this run started
end_run() {
    [ "${#STARTED_BY_US[@]}" -gt 0 ] || return 0
    one_at_a_time test
    if flock -n -x 8; then
        stop_what_we_started
    else
        say "another run uses the stores, which go on running; stop them: scripts/test --stop"
    fi
}

# one_at_a_time NAME - two runs over one state folder would start everything twice
one_at_a_time() {
    mkdir -p "$STATE_ROOT/$1"
    exec 9>"$STATE_ROOT/$1/lock"
    flock -w 600 9 || fail "another run holds $STATE_ROOT/$1/lock" "wait for it or end it"
}

random_secret() {
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n'
}

disown_ours
