#!/bin/sh
# Prepare this checkout: Debian's libraries, the virtual environment .venv, the locked Python packages; for tests also
# packages from npm, in .tools.
#
#   sh deploy/prepare.sh run     what serving needs (make install)
#   sh deploy/prepare.sh test    what the tests need too (make test)
#
# Works as root, with a password-less sudo, or without either: then it prints the commands to run and goes on. A second
# run is quick. It needs Python 3.11 or newer (PYTHON=/path/to/python3 chooses one).
set -eu
cd "$(dirname "$0")/.."

WANTED=${1:-run}
LIBRARIES="libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig" # PDFs
TOOLS="chromium-headless-shell chromium libatomic1 nginx caddy poppler-utils qpdf epubcheck systemd openssl redis-server rsync varnish" # tests: a browser and what drives it, proxies, checkers

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# Run a command as root; fail if that is not allowed.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo && sudo -n true 2>/dev/null; then
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    else
        return 1
    fi
}

# Print those of the given Debian packages that are not installed.
missing() {
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s ' "$package"
    done
}

# Install Debian packages; if that fails, one by one, so that an unknown name does not keep the others out.
apt_install() {
    as_root true || return 1
    say "Installing with apt: $*"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq >&2 || say "apt-get update failed; continuing with the lists already there"
    as_root apt-get install -y -qq --no-install-recommends "$@" >&2 && return
    for package in "$@"; do
        as_root apt-get install -y -qq --no-install-recommends "$package" >&2 || true
    done
}

# Install the missing Debian packages. Those that cannot be installed are remembered, and not tried again.
install_packages() {
    if ! have apt-get; then
        suggest_elsewhere
        return
    fi
    absent=$(missing "$@")
    tried=.venv/.tried-$WANTED
    [ -n "$absent" ] || return 0
    if ! [ "$(cat "$tried" 2>/dev/null)" = "$absent" ]; then
        # shellcheck disable=SC2086 # a list of words
        apt_install $absent || true
        absent=$(missing "$@")
        printf '%s' "$absent" >"$tried"
    fi
    [ -z "$absent" ] || say "Not installed: $absent
  Folio runs without them, but PDFs need the libraries (lib…) and some tests need the tools. To install them, type:
  sudo apt-get install $absent"
}

suggest_elsewhere() {
    if [ "$(uname)" = Darwin ] && have brew; then
        [ -d "$(brew --prefix)/opt/pango" ] || say "PDFs need Pango: brew install pango"
    elif [ "$(uname)" = Darwin ]; then
        say "PDFs need Pango: install Homebrew, then: brew install pango"
    else
        say "PDFs need the libraries Pango (with pangoft2) and HarfBuzz (with harfbuzz-subset) from your system's packages."
    fi
}

# Print the first suitable Python: $PYTHON, python3, or the newest version.
find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "Folio needs Python 3.11 or newer. On Debian 12 or newer: sudo apt-get install python3 python3-venv"
    return 1
}

make_environment() {
    ! .venv/bin/python -c 'import pip' 2>/dev/null || return 0 # an interrupted run may leave a Python without pip
    python=$(find_python)
    say "Making .venv with $python"
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        own=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
        if ! have apt-get || ! apt_install python3-venv "$own" || ! "$python" -c 'import ensurepip' 2>/dev/null; then
            say "$python cannot make virtual environments. Run this, then try again:
  sudo apt-get install python3-venv"
            return 1
        fi
    fi
    rm -rf .venv
    "$python" -m venv .venv
}

# Install the lock unless it is installed already. The test lock includes the run lock, so it counts for both.
install_lock() {
    run=$(cksum <requirements.lock)
    test=$(cksum <requirements-test.lock)
    installed=$(cat .venv/.installed 2>/dev/null || true)
    case $WANTED in
    run) lock=requirements.lock stamp="$run" ;;
    test) lock=requirements-test.lock stamp="$run $test" ;;
    esac
    case $installed in "$stamp" | "$run $test") return ;; esac
    say "Installing $lock"
    rm -f .venv/.installed
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --use-pep517 \
        --require-hashes --requirement "$lock"
    printf '%s' "$stamp" >.venv/.installed
}

# Install the checkers from npm into .tools/, unless they are there already. Without npm, print a note.
install_checkers() {
    stamp=$(cksum <tests/package-lock.json)
    ! [ "$(cat .tools/.installed 2>/dev/null)" = "$stamp" ] || return 0
    if ! have npm; then
        say "Not installed: the HTML checker of some tests, which needs npm (sudo apt-get install npm)"
        return
    fi
    say "Installing tests/package-lock.json"
    mkdir -p .tools
    rm -f .tools/.installed
    cp tests/package.json tests/package-lock.json .tools/
    if npm ci --prefix .tools --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
        printf '%s' "$stamp" >.tools/.installed
    else
        say "npm could not fetch the HTML checker; its tests are left out"
    fi
}

# Under systemd the engine cannot write to its own folder, so bytecode is compiled here: that halves the start time.
compile_engine() {
    .venv/bin/python -m compileall -q engine.py folio || true
}

case $WANTED in
run) packages=$LIBRARIES ;;
test)
    packages="$LIBRARIES $TOOLS"
    have java || packages="$packages default-jre-headless" # the HTML checker runs on it
    have npm || packages="$packages npm"                   # … and comes with it
    ;;
*)
    say "usage: sh deploy/prepare.sh run|test"
    exit 2
    ;;
esac
make_environment
# shellcheck disable=SC2086 # a list of words
install_packages $packages
install_lock
[ "$WANTED" = run ] || install_checkers
compile_engine
