"$leeward" --version | grep -c '^leeward [0-9]'
"$leeward" --help | head -n 1
