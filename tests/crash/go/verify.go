// Checks a journal's folder with the Go project's own code for transparency logs
// (golang.org/x/mod/sumdb/note and tlog), none of which we wrote.
//
// Usage: verify VKEY. Each line of standard input names a folder, or two, the older first. Answers
// with a line "ok SIZE" or "bad REASON".
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

// A head that the key has signed.
type head struct {
	size int64
	root tlog.Hash
}

func readHead(folder string, verifier note.Verifier) (head, error) {
	message, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return head{}, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return head{}, err
	}
	for _, signature := range append(opened.Sigs, opened.UnverifiedSigs...) {
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return head{}, err // another text for the same bytes
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return head{}, errors.New("the checkpoint is not three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return head{}, errors.New("the size is not a canonical number")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return head{}, errors.New("the root is not 32 bytes in base64")
	}
	h := head{size: size}
	copy(h.root[:], root)
	return h, nil
}

func tileName(n int64) string {
	name := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		name = fmt.Sprintf("x%03d/%s", n%1000, name)
	}
	return name
}

// The file of a tile or a bundle with `count` things; exact: it has no more than those.
func readTile(folder, level string, n int64, count int) (data []byte, exact bool, err error) {
	path := filepath.Join(folder, "tile", level, tileName(n))
	if count < width {
		data, err = os.ReadFile(path + ".p/" + strconv.Itoa(count))
		if err == nil || !errors.Is(err, os.ErrNotExist) {
			return data, true, err
		}
	}
	data, err = os.ReadFile(path)
	return data, count == width, err
}

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(h)) {
			return nil, errors.New("a hash beyond the tree is asked for")
		}
		out[i] = h[index]
	}
	return out, nil
}

// Kinds of records (docs/formats/bundle.md) that pruning is about.
const (
	kindFrame = 4
	kindPrune = 15
)

// What a record of pruning says: of the records [First, End) the frames went, Count of them.
type pruneRange struct{ First, End, Count int64 }

// What is missing, and what is there that could be.
type pruning struct {
	missing, frames []int64
	ranges          []pruneRange
}

func (p *pruning) note(index int64, entry []byte) error {
	if len(entry) == 0 {
		p.missing = append(p.missing, index)
	} else if entry[0] == kindFrame {
		p.frames = append(p.frames, index)
	} else if entry[0] == kindPrune {
		var record struct{ Ranges []pruneRange }
		if err := json.Unmarshal(entry[1:], &record); err != nil {
			return fmt.Errorf("record %d of a pruning: %w", index, err)
		}
		p.ranges = append(p.ranges, record.Ranges...)
	}
	return nil
}

func (r pruneRange) countOf(indexes []int64) (count int64) {
	for _, index := range indexes {
		if index >= r.First && index < r.End {
			count++
		}
	}
	return count
}

// That exactly those entries are missing which records of pruning name.
func (p *pruning) check() error {
	explained := make(map[int64]bool)
	for _, r := range p.ranges {
		if r.countOf(p.missing)+r.countOf(p.frames) != r.Count {
			return fmt.Errorf("in a pruned range from %d other entries are missing than were pruned", r.First)
		}
		for _, index := range p.missing {
			explained[index] = explained[index] || index >= r.First && index < r.End
		}
	}
	for _, index := range p.missing {
		if !explained[index] {
			return fmt.Errorf("entry %d is missing and no record says that it was pruned", index)
		}
	}
	return nil
}

// The file of a bundle with `count` entries; pruned: it is what was kept of it, with nothing in the place of the others.
func readBundle(folder string, n int64, count int) (data []byte, exact, pruned bool, err error) {
	data, exact, err = readTile(folder, "entries", n, count)
	if count == width && errors.Is(err, os.ErrNotExist) {
		data, err = os.ReadFile(filepath.Join(folder, "kept", tileName(n)))
		return data, true, true, err
	}
	return data, exact, false, err
}

// The hash of an entry that is not here, which its tile has; whether it is right, the root says.
func readLeaf(folder string, index int64) (leaf tlog.Hash, err error) {
	data, _, err := readTile(folder, "0", index/width, width)
	if err == nil && len(data) < int(index%width+1)*tlog.HashSize {
		err = fmt.Errorf("the tile of entry %d is cut short", index)
	}
	if err == nil {
		copy(leaf[:], data[index%width*tlog.HashSize:])
	}
	return leaf, err
}

// The hashes that Go's code stores for a tree of these entries.
func readEntries(folder string, size int64) (hashes, error) {
	var stored hashes
	var gone pruning
	for n := int64(0); n < size; n += width {
		count := int(min64(width, size-n))
		data, exact, pruned, err := readBundle(folder, n/width, count)
		if err != nil {
			return nil, err
		}
		for i := 0; i < count; i++ {
			index := n + int64(i)
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return nil, fmt.Errorf("entry %d is cut short", index)
			}
			length := int(binary.BigEndian.Uint16(data))
			entry := data[2 : 2+length]
			if length == 0 && !pruned {
				return nil, fmt.Errorf("entry %d is empty", index)
			}
			if err := gone.note(index, entry); err != nil {
				return nil, err
			}
			leaf := tlog.RecordHash(entry)
			if length == 0 {
				if leaf, err = readLeaf(folder, index); err != nil {
					return nil, err
				}
			}
			added, err := tlog.StoredHashesForRecordHash(index, leaf, stored)
			if err != nil {
				return nil, err
			}
			stored, data = append(stored, added...), data[2+length:]
		}
		if exact && len(data) > 0 {
			return nil, fmt.Errorf("bytes follow entry %d", n+int64(count)-1)
		}
	}
	return stored, gone.check()
}

func checkTiles(folder string, size int64, stored hashes) error {
	for level, count := 0, size; count > 0; level, count = level+1, count/width {
		for n := int64(0); n < count; n += width {
			tile := tlog.Tile{H: 8, L: level, N: n / width, W: int(min64(width, count-n))}
			want, err := tlog.ReadTileData(tile, stored)
			if err != nil {
				return err
			}
			data, exact, err := readTile(folder, strconv.Itoa(level), tile.N, tile.W)
			if err != nil {
				return err
			}
			if !bytes.HasPrefix(data, want) || exact && len(data) != len(want) {
				return fmt.Errorf("tile %d/%d is not what the entries give", level, tile.N)
			}
		}
	}
	return nil
}

func check(folder string, verifier note.Verifier) (head, hashes, error) {
	h, err := readHead(folder, verifier)
	if err != nil {
		return h, nil, err
	}
	if h.size > 1<<24 {
		return h, nil, errors.New("the size is more than this program holds")
	}
	stored, err := readEntries(folder, h.size)
	if err != nil {
		return h, nil, err
	}
	root := tlog.Hash(sha256.Sum256(nil)) // RFC 6962 section 2.1; TreeHash gives zeros for no entries
	if h.size > 0 {
		if root, err = tlog.TreeHash(h.size, stored); err != nil {
			return h, nil, err
		}
	}
	if root != h.root {
		return h, nil, errors.New("the entries do not give the signed root")
	}
	return h, stored, checkTiles(folder, h.size, stored)
}

// That the older of two heads of one log is a beginning of the newer, by a proof.
func checkGrowth(older, newer string, verifier note.Verifier) (head, error) {
	before, err := readHead(older, verifier)
	if err != nil {
		return before, err
	}
	after, stored, err := check(newer, verifier)
	if err != nil || before.size == 0 {
		return after, err
	}
	proof, err := tlog.ProveTree(after.size, before.size, stored)
	if err != nil {
		return after, err
	}
	return after, tlog.CheckTree(proof, after.size, after.root, before.size, before.root)
}

func min64(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func main() {
	verifier, err := note.NewVerifier(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		os.Exit(2)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		folders := strings.Split(lines.Text(), "\t")
		var h head
		if len(folders) == 2 {
			h, err = checkGrowth(folders[0], folders[1], verifier)
		} else {
			h, _, err = check(folders[0], verifier)
		}
		if err != nil {
			fmt.Println("bad", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok", h.size)
		}
	}
}
