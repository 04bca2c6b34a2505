#!/bin/sh
# Builds page/dist. Needs node >= 18 and npm >= 9; takes npm packages as named in package-lock.json and nothing else.
set -eu
cd "$(dirname "$0")"

# Packages are fetched again only when the lock file changed.
stamp=node_modules/.leeward-lock
if ! cmp -s package-lock.json "$stamp"; then
    echo "page: fetching npm packages"
    npm ci --ignore-scripts --no-fund --no-audit --loglevel=error
    cp package-lock.json "$stamp"
fi
echo "page: checking types"
node node_modules/typescript/bin/tsc --noEmit
echo "page: building"
node build.mjs
echo "page: done, $(find dist -type f | wc -l) files in page/dist"
