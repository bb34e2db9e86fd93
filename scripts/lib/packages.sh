# shellcheck shell=bash
# Debian packages: installs only what is missing, as root or through sudo.

BUILD_PACKAGES=(build-essential pkg-config libssl-dev zlib1g-dev)

# packages_for_build - what the compiler and librdkafka need
packages_for_build() {
    local package missing=()
    for package in "${BUILD_PACKAGES[@]}"; do
        package_installed "$package" || missing+=("$package")
    done
    packages_install "${missing[@]}"
}

# packages_for_stores - PostgreSQL, Redis, Java and Maven, each only if it is to be started here
packages_for_stores() {
    local missing=()
    if [ -z "${GIVEN_DATABASE_URL:-}" ] && [ -z "$(postgres_bin)" ]; then missing+=(postgresql); fi
    if [ -z "${GIVEN_REDIS_URL:-}" ] && ! command -v redis-server >/dev/null; then missing+=(redis-server); fi
    if [ -z "${GIVEN_KAFKA_BROKERS:-}" ]; then
        java_is_new_enough || missing+=(default-jre-headless)
        command -v mvn >/dev/null || missing+=(maven)
    fi
    command -v curl >/dev/null || missing+=(curl ca-certificates)
    packages_install "${missing[@]}"
}

# packages_install NAME... - nothing to do for an empty list
packages_install() {
    [ "$#" -gt 0 ] || return 0
    command -v apt-get >/dev/null ||
        fail "missing: $*" "this machine has no apt-get; install these by hand and start again"
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || fail "missing: $*" "run as root: apt-get install $*"
        as_root=(sudo)
    fi
    say "installing $*"
    # a fresh clone has no state folder yet
    mkdir -p "$STATE_ROOT"
    local log="$STATE_ROOT/packages.log"
    "${as_root[@]}" apt-get update -q </dev/null >"$log" 2>&1 || true
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "$@" </dev/null >>"$log" 2>&1; then
        last_lines "$log"
        fail "apt-get could not install $*" "look at $log; install them by hand and start again"
    fi
}

package_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

java_is_new_enough() {
    command -v java >/dev/null || return 1
    local major
    major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${major:-0}" -ge 17 ]
}

# rust_is_here - cargo, or advice how to get it
rust_is_here() {
    if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then
        PATH="$HOME/.cargo/bin:$PATH"
        export PATH
    fi
    command -v cargo >/dev/null || fail "cargo is missing" "install Rust from https://rustup.rs and start again"
}
