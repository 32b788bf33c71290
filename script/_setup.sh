# Shared by the commands of this folder: where things are, and the packages they need.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
venv=$root/.venv

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Says whether the Python $1 can run the project.
is_usable() {
    "$1" -c '
import ensurepip, sys, venv
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
' 2>/dev/null
}

ensure_venv() {
    local python
    is_usable "$venv/bin/python" && return
    for python in ${PYTHON:-python3.11 python3.12 python3}; do
        if is_usable "$python"; then
            say "Making .venv with $("$python" --version)"
            "$python" -m venv --clear "$venv"
            return
        fi
    done
    die "needs Python 3.11 or 3.12 with venv (on Debian: apt-get install python3-venv)"
}

# Installs the lock $1, unless it is the one that was installed last; further arguments
# go to pip. What is built from source is built with the pinned tools.
install_lock() {
    local lock=$1 stamp sum
    shift
    stamp=$venv/.installed-$(basename "$lock" .txt)
    sum=$(cat "$lock" requirements-build.txt | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return
    say "Installing $lock"
    PIP_CONSTRAINT=requirements-build.txt PIP_BUILD_CONSTRAINT=requirements-build.txt \
        "$venv/bin/python" -m pip install -qq --disable-pip-version-check \
        --no-deps --require-hashes "$@" --requirement "$lock" || return
    say "$sum" >"$stamp"
}

# What a site runs. Not every machine has a build of tantivy; search has a second engine.
ensure_packages() {
    ensure_venv
    install_lock requirements.txt || die "could not install requirements.txt"
    install_lock requirements-tantivy.txt --only-binary :all: ||
        say "No build of tantivy for this machine: going on without it."
}

# What the tests and the other commands of this folder need on top.
ensure_dev_packages() {
    ensure_packages
    install_lock requirements-dev.txt || die "could not install requirements-dev.txt"
}

manage() { "$venv/bin/python" manage.py "$@"; }
