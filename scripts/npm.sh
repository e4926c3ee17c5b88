# shellcheck shell=bash
# Sourced by the scripts that take released files from npm; fills $folder.

if ! command -v npm >/dev/null 2>&1; then
    echo "$0: npm is missing (Debian: npm)" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One package in one version and not what it depends on, if it is what it was when it was tested.
fetch() {
    local package=$1 version=$2 sum=$3 archive="$work/$1-$2.tgz"
    (cd "$work" && npm pack --silent "$package@$version" >/dev/null)
    if ! echo "$sum  $archive" | sha512sum --check --quiet - >&2; then
        echo "$0: $package $version is not what it was when it was tested" >&2
        exit 1
    fi
    mkdir -p "${folder:?}/$package"
    tar -xzf "$archive" -C "$folder/$package" --strip-components=1
}
