# shellcheck shell=bash
# One Apache Kafka node (KRaft: broker and controller in one) of this checkout on loopback.
# The broker comes as Maven artifacts, listed in deploy/kafka/pom.xml.

# kafka_start NAME - idempotent; leaves the port in <state>/kafka/port
kafka_start() {
    local name=$1 dir="$STATE_ROOT/$1/kafka" port controller
    mkdir -p "$dir"
    if daemon_alive "$dir/pid"; then
        detail "Kafka runs already on port $(cat "$dir/port")"
        return
    fi
    kafka_libraries
    port=$(port_of "$dir/port" "$(store_base_port "$name" 9092)")
    controller=$(port_of "$dir/controller-port" "$(store_base_port "$name" 9192)")
    sed -e "s|@PORT@|$port|g" -e "s|@CONTROLLER@|$controller|g" -e "s|@DATA@|$dir/data|g" \
        "$ROOT/deploy/kafka/server.properties" >"$dir/server.properties"
    kafka_format "$dir"
    : >"$dir/log"
    # every topic partition holds several files open
    ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
    daemon_start "$dir/pid" "$dir/log" java -Xms128m -Xmx512m -XX:+ExitOnOutOfMemoryError \
        -Dlog4j2.configurationFile="$ROOT/deploy/kafka/log4j2.properties" \
        -cp "$KAFKA_LIBS/*" kafka.Kafka "$dir/server.properties"
    if ! wait_for 60 kafka_answers "$dir"; then
        last_lines "$dir/log"
        fail "Kafka did not start" "look at $dir/log; scripts/down --wipe begins afresh"
    fi
    say "Kafka answers on 127.0.0.1:$port"
}

# kafka_stop NAME
kafka_stop() {
    daemon_stop "$STATE_ROOT/$1/kafka/pid" TERM 30
}

# kafka_wipe NAME
kafka_wipe() {
    rm -rf "$STATE_ROOT/$1/kafka"
}

kafka_answers() {
    daemon_alive "$1/pid" && port_answers "$(cat "$1/port")" && grep -q 'Kafka Server started' "$1/log"
}

# kafka_libraries - fetches the jars once, again only when the pom changed
kafka_libraries() {
    local stamp log="$STATE_ROOT/kafka-libs.log"
    stamp=$(sha256sum <"$ROOT/deploy/kafka/pom.xml")
    [ "$(cat "$KAFKA_LIBS/.stamp" 2>/dev/null)" = "$stamp" ] && return
    say "fetching Apache Kafka (about 45 MB)"
    rm -rf "$KAFKA_LIBS"
    mkdir -p "$KAFKA_LIBS"
    if ! mvn -q -B -f "$ROOT/deploy/kafka/pom.xml" dependency:copy-dependencies \
        -DoutputDirectory="$KAFKA_LIBS" -DincludeScope=runtime </dev/null >"$log" 2>&1; then
        last_lines "$log"
        fail "Maven could not fetch Apache Kafka" "check the network and ~/.m2/settings.xml; the log is $log" \
            "or set KAFKA_BROKERS to a broker you have"
    fi
    printf '%s\n' "$stamp" >"$KAFKA_LIBS/.stamp"
}

# kafka_format DIR - gives a new node its id; a formatted one is left alone
kafka_format() {
    local dir=$1
    [ -s "$dir/data/meta.properties" ] && return
    say "formatting Kafka's log folder"
    kafka_tool random-uuid >"$dir/cluster-id" 2>"$dir/format.log" &&
        kafka_tool format -t "$(tail -n 1 "$dir/cluster-id")" -c "$dir/server.properties" >>"$dir/format.log" 2>&1 &&
        return
    last_lines "$dir/format.log"
    fail "Kafka's log folder could not be formatted" "look at $dir/format.log"
}

kafka_tool() {
    java -cp "$KAFKA_LIBS/*" -Dlog4j2.configurationFile="$ROOT/deploy/kafka/log4j2-quiet.properties" \
        kafka.tools.StorageTool "$@"
}
