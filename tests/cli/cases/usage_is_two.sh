for arguments in "" "fly" "watch" "watch --nope" "replay" "verify" "decode" "zones" "serve --nope"; do
    "$leeward" $arguments >/dev/null 2>&1
    echo "'$arguments' $?"
done
