# What `start` and `test` share: finding what is missing, and installing it where that is possible.

# need COMMAND PACKAGE...: makes sure of a command; as root through the system's packages, else it is noted as missing.
missing=()
need() {
    local command=$1
    shift
    if command -v "$command" >/dev/null 2>&1; then return; fi
    need_packages "$@"
}

# need_packages PACKAGE...: the same, when it has been found out that they are missing.
need_packages() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $*" >&2
        export DEBIAN_FRONTEND=noninteractive
        [ -n "${packages_listed:-}" ] || apt-get update -q >&2
        packages_listed=yes
        apt-get install -q -y --no-install-recommends "$@" >&2
    else
        missing+=("$@")
    fi
}

# need_rust: makes sure of Cargo, also if it is not on the path of the shell yet.
need_rust() {
    if ! command -v cargo >/dev/null 2>&1 && [ -r "${CARGO_HOME:-$HOME/.cargo}/env" ]; then
        # shellcheck source=/dev/null
        . "${CARGO_HOME:-$HOME/.cargo}/env"
    fi
    if ! command -v cargo >/dev/null 2>&1; then
        echo "Rust is missing: install it from https://rustup.rs and try again" >&2
        exit 1
    fi
}

# stop_if_missing: says what root would have installed.
stop_if_missing() {
    if [ ${#missing[@]} -gt 0 ]; then
        echo "These packages are missing: ${missing[*]}" >&2
        echo "Install them, on Debian and Ubuntu with: sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
}
