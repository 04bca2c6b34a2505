"$leeward" watch --zones "$cases/square_msl.geojson" --feed "$cases/through.jsonl" --qnh "$cases/qnh_fault.jsonl"
