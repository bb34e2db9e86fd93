# shellcheck shell=bash
# One PostgreSQL server of this checkout on loopback. Debian's own cluster is never touched.

# postgres_start NAME - idempotent; leaves the port in <state>/postgres/port
postgres_start() {
    local name=$1 dir="$STATE_ROOT/$1/postgres" port data
    mkdir -p "$dir"
    if daemon_alive "$dir/pid"; then
        detail "PostgreSQL runs already on port $(cat "$dir/port")"
        return
    fi
    data=$(postgres_data "$name")
    [ -s "$data/PG_VERSION" ] || postgres_create "$dir" "$data"
    port=$(port_of "$dir/port" "$(store_base_port "$name" 5432)")
    local options=(-D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories=
        -c log_min_duration_statement=1000 -c timezone=UTC)
    if [ "$name" = test ]; then
        options+=(-c max_connections=400 -c fsync=off -c synchronous_commit=off -c full_page_writes=off
            -c shared_buffers=128MB -c max_wal_size=256MB -c autovacuum_naptime=5min)
    else
        options+=(-c max_connections=200 -c shared_buffers=256MB)
    fi
    rm -f "$data/postmaster.pid"
    daemon_start "$dir/pid" "$dir/log" env --chdir=/ "${POSTGRES_OWNER[@]}" "$(postgres_bin)/postgres" "${options[@]}"
    if ! wait_for 60 postgres_answers "$dir"; then
        last_lines "$dir/log"
        fail "PostgreSQL did not start" "look at $dir/log; scripts/down --wipe begins afresh"
    fi
    say "PostgreSQL answers on 127.0.0.1:$port"
}

# postgres_stop NAME
postgres_stop() {
    local dir="$STATE_ROOT/$1/postgres"
    daemon_stop "$dir/pid" INT 30
}

# postgres_wipe NAME - forgets the data of a stopped server
postgres_wipe() {
    local dir="$STATE_ROOT/$1/postgres"
    [ -d "$dir" ] || return 0
    local data
    data=$(postgres_data "$1")
    rm -rf "$data" "$dir"
    # the folder in /var/lib is ours; the other store of this checkout may still be in it
    rmdir --ignore-fail-on-non-empty "$(dirname "$data")" 2>/dev/null || true
}

# postgres_url NAME USER DATABASE - the address with the password in it
postgres_url() {
    local dir="$STATE_ROOT/$1/postgres"
    printf 'postgres://%s:%s@127.0.0.1:%s/%s' "$2" "$(cat "$dir/password")" "$(cat "$dir/port")" "$3"
}

# postgres_role NAME - the role and database `pizzeria` the services of `up` live in
postgres_role() {
    local name=$1 password
    password=$(cat "$STATE_ROOT/$1/postgres/password")
    if [ -z "$(postgres_ask "$name" "SELECT 1 FROM pg_roles WHERE rolname = 'pizzeria'")" ]; then
        postgres_ask "$name" "CREATE ROLE pizzeria LOGIN PASSWORD '$password'"
    fi
    if [ -z "$(postgres_ask "$name" "SELECT 1 FROM pg_database WHERE datname = 'pizzeria'")" ]; then
        postgres_ask "$name" "CREATE DATABASE pizzeria OWNER pizzeria"
    fi
}

postgres_ask() {
    "$(postgres_bin)/psql" -X -q -A -t -v ON_ERROR_STOP=1 -d "$(postgres_url "$1" postgres postgres)" -c "$2"
}

postgres_answers() {
    daemon_alive "$1/pid" &&
        PGPASSWORD=$(cat "$1/password") PGCONNECT_TIMEOUT=2 "$(postgres_bin)/psql" -X -q -h 127.0.0.1 \
            -p "$(cat "$1/port")" -U postgres -d postgres -c 'SELECT 1' >/dev/null 2>&1
}

# postgres_create DIR DATA - initdb with a random password for the superuser
postgres_create() {
    local dir=$1 data=$2 password_file
    say "creating a PostgreSQL cluster"
    if [ ! -s "$dir/password" ]; then
        (umask 077 && random_secret >"$dir/password")
    fi
    mkdir -p "$data"
    password_file="$data.password"
    install -m 600 "$dir/password" "$password_file"
    if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$data" "$password_file"; fi
    chmod 700 "$data"
    if ! (cd / && postgres_as_owner "$(postgres_bin)/initdb" -D "$data" -U postgres --pwfile="$password_file" \
        --auth=scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync) >"$dir/initdb.log" 2>&1; then
        rm -rf "$password_file" "$data"
        last_lines "$dir/initdb.log"
        fail "initdb failed" "look at $dir/initdb.log"
    fi
    rm -f "$password_file"
}

# postgres_data NAME - where the data lies: in the state folder, or, when the user postgres
# cannot enter the checkout (below /root, say), in /var/lib under a name made of the checkout's path
postgres_data() {
    local dir="$STATE_ROOT/$1/postgres" data hash
    if [ ! -s "$dir/place" ]; then
        data="$dir/data"
        if [ "$(id -u)" = 0 ] && ! (cd / && postgres_as_owner test -x "$dir"); then
            hash=$(printf '%s' "$ROOT" | sha256sum | cut -c1-12)
            data="/var/lib/pizzeria-$hash/$1"
        fi
        printf '%s\n' "$data" >"$dir/place"
    fi
    cat "$dir/place"
}

# postgres_bin - the folder of the newest installed server from 15 on, empty if there is none
postgres_bin() {
    local dir newest=
    for dir in /usr/lib/postgresql/1[5-9]/bin; do
        [ -x "$dir/postgres" ] && newest=$dir
    done
    printf '%s' "$newest"
}

# PostgreSQL refuses to run as root
POSTGRES_OWNER=()
[ "$(id -u)" = 0 ] && POSTGRES_OWNER=(setpriv --reuid=postgres --regid=postgres --init-groups)

postgres_as_owner() {
    "${POSTGRES_OWNER[@]}" "$@"
}
