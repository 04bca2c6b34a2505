cd "$cases" && "$leeward" zones check moving_faults.geojson 2>&1
cd "$cases" && "$leeward" zones convert --to ed318 moving_faults.geojson 2>&1 >/dev/null | grep "cannot hold"
cd "$cases" && "$leeward" zones convert --to openair moving_faults.geojson 2>&1 >/dev/null | grep "cannot hold"
cd "$cases" && "$leeward" zones convert --to ed269 moving_faults.geojson 2>&1 >/dev/null | grep "cannot hold"
