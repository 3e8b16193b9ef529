#!/bin/sh
# Check the locked packages for known vulnerabilities: `make audit`. Exit status 0: none; 1: some, which are printed;
# 2: no advisories could be fetched, so nothing is known.
#
# pip-audit runs in a virtual environment of its own in .tools/, so that its dependencies do not mix with the engine's.
# It asks PyPI's advisories; AUDIT_ARGS="-s osv" asks osv.dev instead.
set -eu
cd "$(dirname "$0")/.."

PYTHON=${1:-.venv/bin/python}
TOOLS=.tools/audit

say() { printf '%s\n' "$*" >&2; }

if ! [ -x "$TOOLS/bin/pip-audit" ]; then
    say "Installing pip-audit into $TOOLS"
    "$PYTHON" -m venv "$TOOLS"
    "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check pip-audit || {
        say "pip-audit cannot be installed, so nothing was checked."
        exit 2
    }
fi

said=$(mktemp)
trap 'rm -f "$said"' EXIT
worst=0
for lock in requirements.lock requirements-test.lock; do
    say "$lock"
    status=0
    # shellcheck disable=SC2086 # a list of words
    "$TOOLS/bin/pip-audit" --disable-pip --require-hashes --progress-spinner off --timeout 20 \
        --requirement "$lock" ${AUDIT_ARGS:-} >"$said" 2>&1 || status=$?
    unknown=$(grep -c 'could not be audited' "$said") || true # for every package, if a mirror has no advisories
    if [ "$status" = 0 ] && [ "$unknown" = 0 ]; then
        cat "$said"
    elif [ "$status" = 0 ]; then
        say "The feed does not know $unknown packages, which does not mean that they are safe.
Try again elsewhere; pyproject.toml has the floors for what was known."
        exit 2
    elif grep -q '^Found [0-9]' "$said"; then
        cat "$said"
        worst=1
    else
        tail -n 3 "$said" >&2
        say "No feed of advisories could be reached, which does not mean that all is well. Try again with a network,
or where only a mirror of packages is reachable, elsewhere. pyproject.toml has the floors for what was known."
        exit 2
    fi
done
exit $worst
