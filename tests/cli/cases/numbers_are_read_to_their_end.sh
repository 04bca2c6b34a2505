watch() {
    "$leeward" watch --zones "$cases/square.geojson" --feed "$cases/through.jsonl" "$@" >/dev/null
    echo "$? $*"
}
watch --threads :
watch --threads 1x
watch --threads ""
watch --threads 2
watch --qnh 10:3
watch --qnh 1013.2
