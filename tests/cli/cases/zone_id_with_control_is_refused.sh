"$leeward" zones check "$cases/control_in_id.geojson"
