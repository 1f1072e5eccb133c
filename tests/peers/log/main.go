// Reads a transparency log with the packages of the Go checksum database, and none of our code.
//
// usage: log URL KEY PROOF EARLIER
//
// URL is the address of the log, KEY its public key, PROOF a file of a proof of inclusion, EARLIER a file of a checkpoint.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func check(err error, what string) {
	if err != nil {
		fmt.Printf("FAIL %s: %v\n", what, err)
		os.Exit(1)
	}
	fmt.Printf("ok %s\n", what)
}

func get(url string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}

// tiles reads tiles by the paths of C2SP, which lack the height that is in those of Go.
type tiles struct{ url string }

func (t tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		bytes, err := get(t.url + "/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		read = append(read, bytes)
	}
	return read, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// open checks the signature of a checkpoint and reads its size and root.
func open(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("it is of %s", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

func main() {
	url, key, proofFile, earlierFile := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	verifier, err := note.NewVerifier(key)
	check(err, "the key is one of a signed note")
	text, err := get(url + "/checkpoint")
	check(err, "the checkpoint is served")
	tree, err := open(text, verifier)
	check(err, "the checkpoint is signed")
	hashes := tlog.TileHashReader(tree, tiles{url})

	bundle, err := get(fmt.Sprintf("%s/tile/entries/000.p/%d", url, tree.N))
	check(err, "the entries are served")
	for n := int64(0); n < tree.N; n++ {
		length := binary.BigEndian.Uint16(bundle)
		entry := bundle[2 : 2+length]
		bundle = bundle[2+length:]
		proof, err := tlog.ProveRecord(tree.N, n, hashes)
		check(err, fmt.Sprintf("entry %d is proven from the tiles", n))
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entry)), fmt.Sprintf("entry %d is in the tree", n))
	}

	text, err = os.ReadFile(earlierFile)
	check(err, "the earlier checkpoint is there")
	earlier, err := open(text, verifier)
	check(err, "the earlier checkpoint is signed")
	consistency, err := tlog.ProveTree(tree.N, earlier.N, hashes)
	check(err, "the log is proven to continue it")
	check(tlog.CheckTree(consistency, tree.N, tree.Hash, earlier.N, earlier.Hash), "nothing was rewritten")

	text, err = os.ReadFile(proofFile)
	check(err, "the proof is there")
	head, checkpoint, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	of, err := open([]byte(checkpoint), verifier)
	check(err, "the checkpoint of the proof is signed")
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	check(err, "the proof has the entry")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	check(err, "the proof has the place")
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		check(err, "a hash of the proof")
		proof = append(proof, hash)
	}
	check(tlog.CheckRecord(proof, of.N, of.Hash, index, tlog.RecordHash(entry)), "the proof beside the certificate holds")
	entry[len(entry)-3] ^= 1
	if tlog.CheckRecord(proof, of.N, of.Hash, index, tlog.RecordHash(entry)) == nil {
		check(fmt.Errorf("it holds"), "the proof of another entry does not hold")
	}
}
