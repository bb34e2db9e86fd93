# shellcheck shell=bash
# What a person sees: every line carries the time since the script began.

SAY_WIDTH=0
[ -t 1 ] && SAY_WIDTH=1

# say TEXT... - one line with the elapsed time
say() {
    printf '[%3d:%02d] %s\n' "$((SECONDS / 60))" "$((SECONDS % 60))" "$*"
}

# detail TEXT... - a line that belongs to the one above
detail() {
    printf '         %s\n' "$*"
}

# title TEXT... - the beginning of a part
title() {
    if [ "$SAY_WIDTH" = 1 ]; then printf '\n\033[1m'; else printf '\n'; fi
    printf '[%3d:%02d] == %s' "$((SECONDS / 60))" "$((SECONDS % 60))" "$*"
    if [ "$SAY_WIDTH" = 1 ]; then printf '\033[0m\n'; else printf '\n'; fi
}

# fail WHAT [ADVICE...] - says what went wrong and what to do, and ends the script
fail() {
    printf '[%3d:%02d] FAILED: %s\n' "$((SECONDS / 60))" "$((SECONDS % 60))" "$1" >&2
    shift
    local advice
    for advice in "$@"; do
        printf '         what to do: %s\n' "$advice" >&2
    done
    exit 1
}

# last_lines FILE [N] - the end of a log, indented
last_lines() {
    [ -s "$1" ] || return 0
    printf '         the last lines of %s:\n' "$1" >&2
    tail -n "${2:-20}" "$1" | sed 's/^/         | /' >&2
}
