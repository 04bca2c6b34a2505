#!/usr/bin/env bash
# Whether clang-format would change any C file.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -co --exclude-standard 'src/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'examples/*.c' 'bench/*.[ch]' |
    while read -r file; do [ -f "$file" ] && echo "$file"; done |
    xargs clang-format-14 --dry-run --Werror
