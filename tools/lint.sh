#!/usr/bin/env bash
# clang-tidy over the program's own C files: tools/lint.sh [BUILD]; slow, so not part of ./check.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v clang-tidy-14 >/dev/null || { echo "lint: clang-tidy-14 is not installed" >&2; exit 1; }
git ls-files 'src/*.c' | xargs -P 2 -n 4 clang-tidy-14 -p "${1:-build/release}" --quiet
