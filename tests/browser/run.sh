#!/bin/sh
# Runs one browser test file; leaves with 77, which ctest reads as skipped, where the machine lacks what it takes.
# LEEWARD_URL (with LEEWARD_OPERATOR_TOKEN and LEEWARD_OBSERVER_TOKEN) names a real server; without it the
# made-up server of page/dev is used.
set -eu
cd "$(dirname "$0")"

skip() {
    echo "skipped: $1"
    exit 77
}

node --version >/dev/null 2>&1 || skip "node is not installed"
[ -n "${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ] || [ -x /usr/bin/chromium-browser ] || skip "chromium is not installed"
[ -f ../../page/dist/index.html ] || skip "the page is not built: run page/build.sh"
# Two tests started at once must not both install.
(
    flock 9
    if ! cmp -s package-lock.json node_modules/.leeward-lock; then
        npm ci --ignore-scripts --no-fund --no-audit --loglevel=error >&2 && cp package-lock.json node_modules/.leeward-lock
    fi
) 9>.install-lock || skip "npm packages of tests/browser could not be fetched"
exec node --test "$1"
