#!/usr/bin/env bash
# Installs the Debian packages named in the files given, those that are missing only.
# Says what and why before it asks for rights.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

missing=()
while read -r name; do
    case "$name" in ''|'#'*) continue ;; esac
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' && continue
    # nodejs of another source brings npm along.
    [ "$name" = npm ] && command -v npm >/dev/null && continue
    [ "$name" = nodejs ] && command -v node >/dev/null && continue
    [ "$name" = python3-pip ] && python3 -m pip --version >/dev/null 2>&1 && continue
    [ "$name" = golang-go ] && command -v go >/dev/null && continue
    missing+=("$name")
done < <(for list in "$@"; do cat "$here/$list"; done)

[ ${#missing[@]} -eq 0 ] && exit 0
command -v apt-get >/dev/null || {
    echo "leeward: this needs Debian 12 or a relative of it; missing: ${missing[*]}" >&2
    exit 1
}
echo "leeward: installing ${#missing[@]} Debian packages that it is built with: ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    echo "leeward: that needs administrator rights, so sudo may ask for your password"
    as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
