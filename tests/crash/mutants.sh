#!/bin/sh
# Breaks the journal on purpose, one way at a time, and demands that its tests go red
# (reliability.md, "Negative-control rule"). Needs a C compiler, libsodium and cmocka.
# Usage: tests/crash/mutants.sh [NAME...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/leeward-mutants-XXXXXX")
trap 'rm -rf "$work"' EXIT
flags="-std=c17 -O1 -g -w -D_DEFAULT_SOURCE $(pkg-config --cflags libsodium cmocka)"
libs="$(pkg-config --libs libsodium cmocka) -lm"
survived=0
killed=0

build() { # FOLDER: makes crash_states, bit_rot and the unit tests out of FOLDER/src
    sources="$1/src/journal/*.c $1/src/base/*.c $1/src/record/*.c"
    objects="$1/objects"
    mkdir -p "$objects"
    for source in $sources; do
        object="$objects/$(basename "$(dirname "$source")")_$(basename "$source" .c).o"
        cc $flags -I"$1/src" -I"$root/include" -c "$source" -o "$object"
    done
    for program in crash_states bit_rot; do
        cc $flags -I"$1/src" -I"$root/include" -I"$root/tests" "$here/$program.c" \
            "$root/tests/support/file_memory.c" "$objects"/*.o $libs -o "$1/$program"
    done
    for test in test_journal test_signer test_prune; do
        cc $flags -I"$1/src" -I"$root/include" -I"$root/tests" "$root/tests/unit/journal/$test.c" \
            "$objects"/*.o $libs -o "$1/$test"
    done
}

tests() { # FOLDER: green?
    "$1/crash_states" 6000 1 && "$1/bit_rot" 1000 1 && timeout 300 "$1/test_signer" && timeout 300 "$1/test_journal" && timeout 300 "$1/test_prune"
}

copy() {
    mkdir -p "$1/src"
    cp -r "$root/src/journal" "$root/src/base" "$root/src/record" "$1/src/"
}

mutant() { # NAME FILE OLD NEW: OLD must stand in FILE exactly once
    if [ -n "$wanted" ] && ! echo " $wanted " | grep -q " $1 "; then
        return
    fi
    folder="$work/$1"
    copy "$folder"
    python3 - "$folder/src/journal/$2" "$3" "$4" <<'PY'
import sys
path, old, new = sys.argv[1:]
text = open(path).read()
if text.count(old) != 1:
    sys.exit("the text to break stands %d times in %s: %s" % (text.count(old), path, old))
open(path, "w").write(text.replace(old, new))
PY
    build "$folder"
    if tests "$folder" >"$folder/log" 2>&1; then
        echo "SURVIVED  $1"
        survived=$((survived + 1))
    else
        echo "killed    $1"
        killed=$((killed + 1))
    fi
    rm -rf "$folder"
}

wanted="$*"
copy "$work/intact"
build "$work/intact"
if ! tests "$work/intact" >"$work/log" 2>&1; then
    echo "the tests are red without any change:" && tail -20 "$work/log"
    exit 1
fi
echo "green     without change"

mutant no_fsync wal.c 'const int error = disk->fs->sync(disk->fs->context, writer->file);' 'const int error = 0;'
mutant no_folder_fsync disk.c 'const int error = disk->fs->sync_folder(disk->fs->context, path->text);' 'const int error = 0;'
mutant ack_before_fsync journal.c 'error = lee__flush(journal);
    }
    if (!error) {
        error = lee_wal_sync(&journal->disk, &journal->writer);' 'error = lee_wal_sync(&journal->disk, &journal->writer);
    }
    if (!error) {
        error = lee__flush(journal);'
mutant rename_before_fsync disk.c 'int error = fs->sync(fs->context, file);
    if (error) {
        result = lee_disk_fail(disk, "sync", fresh->text, error);' 'int error = 0;
    if (error) {
        result = lee_disk_fail(disk, "sync", fresh->text, error);'
mutant head_before_tiles_settle seal.c 'return lee_disk_settle(&journal->disk, count);' 'return LEE_OK;'
mutant tile_names_unsynced seal.c 'lee_error error = lee_disk_sync_folders(&journal->disk);
        seal->ready_named' 'lee_error error = LEE_OK;
        seal->ready_named'
mutant failed_tiles_forgotten seal.c 'seal->back_due = true;' 'seal->back_due = false;'
mutant half_head_signed seal.c 'seal->ready_appended = lee_merkle_root(&journal->durable_tree);' 'seal->ready_appended = seal->ready_derived;'
mutant fsync_retry wal.c 'return error ? lee_disk_fail(disk, "sync", writer->path.text, error) : LEE_OK;' 'return error && disk->fs->sync(disk->fs->context, writer->file) ? lee_disk_fail(disk, "sync", writer->path.text, error) : LEE_OK;'
mutant head_not_compared seal.c 'if (!lee_digest_equal(&seal->ready_derived, &seal->ready_appended))' 'if (0)'
mutant publish_before_copy recover.c 'if (count > state->proven) {' 'if (0) {'
mutant page_cache_trusted recover.c 'state->proven = scan.durable;' 'state->proven = scan.index;'
mutant damage_taken_for_torn recover.c 'end != UINT64_MAX || lee_wal_scan_proves(scan, scan->index)' 'end == 1'
mutant torn_taken_for_damage recover.c 'end != UINT64_MAX || lee_wal_scan_proves(scan, scan->index)' 'end != 1'
mutant no_record_checksum wal.c 'if (lee_crc32c(record_crc(scan->salt_crc, index, length), entry, length) != crc)' 'if (0)'
mutant old_tail_read recover.c 'while (!error && scan.index < end) {' 'while (!error) {'
mutant failed_segment_kept journal.c 'error = rotate(journal);
    }
    if (!error) {
        error = lee__put_entry(journal, LEE_RECORD_GAP' '}
    if (!error) {
        error = lee__put_entry(journal, LEE_RECORD_GAP'
mutant degraded_forgets_pending journal.c 'journal->tree = journal->durable_tree;' ''
mutant head_signature_unchecked epoch.c 'error = lee_note_verify((const char *)text.bytes, text.length, verifier, &body);' 'error = lee_note_parse((const char *)text.bytes, text.length, &body);'
mutant restored_copy_opened recover.c 'const bool shrunk = last->size > state->next;' 'const bool shrunk = false;'
mutant smaller_head_signed signer.c 'if (asked->size <= last->size) {' 'if (asked->size == last->size) {'
mutant head_not_kept_first signer.c 'lee_error error = lee_disk_put(&signer->disk, &path, text, *length);' 'lee_error error = LEE_OK;'
mutant head_unproven_signed signer.c 'return lee_merkle_check_consistency(last->size, asked->size, &last->root, &asked->root,
                                        &asked->proof)' 'return true'
mutant signature_not_asked_for sign.c '!lee_note_verify(note, length, &journal->verifier, &body) &&' '!lee_note_parse(note, length, &body) &&'
mutant tile_not_compared check.c 'if (memcmp(state->tile.bytes + at, state->tree->tiles[level][i].bytes,' 'if (0 && memcmp(state->tile.bytes + at, state->tree->tiles[level][i].bytes,'
mutant pruned_before_kept_is_durable prune.c 'lee_error error = lee_disk_sync_folders(&state->disk);
    for' 'lee_error error = LEE_OK;
    for'
mutant pruned_before_signed prune.c 'if (!error && record >= head.size) {' 'if (0) {'
mutant damage_pruned_away prune.c 'if (memcmp(state->tile.bytes + (size_t)i * LEE_DIGEST_BYTES, leaf.bytes,' 'if (0 && memcmp(state->tile.bytes + (size_t)i * LEE_DIGEST_BYTES, leaf.bytes,'
mutant pruned_without_record pruned.c 'if (length == 0 && is_covered(pruned, &range, &end, index)) {' 'if (length == 0) {'
mutant more_pruned_than_recorded pruned.c '!error && again.count != range->count' '0'
mutant pruned_tiles_too prune.c 'lee_path_tile(&path, state->disk.folder, LEE_TILE_ENTRIES, waiting->numbers[i],
                      LEE_TILE_WIDTH);' 'lee_path_tile(&path, state->disk.folder, 0, waiting->numbers[i], LEE_TILE_WIDTH);'

echo "mutants: $killed killed, $survived survived"
[ "$survived" -eq 0 ]
