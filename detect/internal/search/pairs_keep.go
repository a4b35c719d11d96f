package search

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/ringwatch/ringwatch/detect/internal/null"
)

// A block of pairs, as a file holds it: all little-endian, the checksum
// (CRC-32C, of all before it) last.
//
//	id      16 bytes, of the plan that the block belongs to
//	header  blockHeader
//	edges   a, b int32; slow, sync, comb float32
//	best    rater int32, ln p float32, of raters that have one
//	sum     uint32
type blockHeader struct {
	Lo, Hi, Raters, Neighbors, Near, Beyond, Edges, Best int64
}

type keptEdge struct {
	A, B             int32
	Slow, Sync, Comb float32
}

type keptBest struct {
	Rater int32
	Best  float32
}

const idBytes = 16

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A BlockID says which plan a block is of.
type BlockID [idBytes]byte

// Encode returns the pairs of the raters from lo to hi as a file holds them.
func (p *Pairs) Encode(id BlockID, lo, hi int) []byte {
	var edges []keptEdge
	for _, e := range p.Edges {
		edges = append(edges, keptEdge{e.a, e.b, e.Slow, e.Sync, e.comb})
	}
	var best []keptBest
	for u, x := range p.Best {
		if x != 0 {
			best = append(best, keptBest{int32(u), x})
		}
	}
	h := blockHeader{int64(lo), int64(hi), int64(len(p.Best)), int64(p.Neighbors), int64(p.Near), int64(p.Beyond),
		int64(len(edges)), int64(len(best))}
	var b bytes.Buffer
	for _, part := range []any{id, h, edges, best} {
		binary.Write(&b, binary.LittleEndian, part) // a Buffer takes all
	}
	binary.Write(&b, binary.LittleEndian, crc32.Checksum(b.Bytes(), castagnoli))
	return b.Bytes()
}

// A Block is what was found of a range of raters.
type Block struct {
	edges                   []Pair
	best                    []keptBest
	neighbors, near, beyond int
}

// NewPairs returns what was found of no rater yet, to Add to.
func NewPairs(raters, neighbors int) *Pairs {
	return &Pairs{Best: make([]float32, raters), Neighbors: neighbors}
}

// Add puts a block behind those of the raters before.
func (p *Pairs) Add(b *Block) {
	p.Edges = append(p.Edges, b.edges...)
	p.Near, p.Beyond = p.Near+b.near, p.Beyond+b.beyond
	for _, x := range b.best {
		p.Best[x.Rater] = min(p.Best[x.Rater], x.Best)
	}
}

// DecodePairs is the inverse of Encode. It refuses what is damaged, and a block of
// another plan or of other raters.
func DecodePairs(data []byte, id BlockID, lo, hi, raters int) (*Block, error) {
	if len(data) < 4 || binary.LittleEndian.Uint32(data[len(data)-4:]) !=
		crc32.Checksum(data[:len(data)-4], castagnoli) {
		return nil, fmt.Errorf("it is damaged: its checksum is wrong")
	}
	data = data[:len(data)-4]
	var of BlockID
	var h blockHeader
	n, err := binary.Decode(data, binary.LittleEndian, &of)
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	data = data[n:]
	if of != id {
		return nil, fmt.Errorf("it belongs to another plan")
	}
	if n, err = binary.Decode(data, binary.LittleEndian, &h); err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	data = data[n:]
	edgeBytes, bestBytes := int64(binary.Size(keptEdge{})), int64(binary.Size(keptBest{}))
	if h.Edges < 0 || h.Best < 0 || h.Edges > math.MaxInt32 || h.Best > math.MaxInt32 ||
		h.Edges*edgeBytes+h.Best*bestBytes != int64(len(data)) {
		return nil, fmt.Errorf("it is damaged: its length is wrong")
	}
	if h.Lo != int64(lo) || h.Hi != int64(hi) || h.Raters != int64(raters) {
		return nil, fmt.Errorf("it is of other raters")
	}
	edges, best := make([]keptEdge, h.Edges), make([]keptBest, h.Best)
	n, err = binary.Decode(data, binary.LittleEndian, edges)
	if err == nil {
		_, err = binary.Decode(data[n:], binary.LittleEndian, best)
	}
	if err != nil {
		return nil, fmt.Errorf("it is damaged: %w", err)
	}
	p := &Block{best: best, neighbors: int(h.Neighbors), near: int(h.Near), beyond: int(h.Beyond)}
	for _, e := range edges {
		if e.A < int32(lo) || e.A >= int32(hi) || e.B <= e.A || e.B >= int32(raters) {
			return nil, fmt.Errorf("it is damaged: it has a pair of raters %d and %d", e.A, e.B)
		}
		p.edges = append(p.edges, Pair{e.A, e.B, e.Slow, e.Sync, e.Comb})
	}
	for _, x := range best {
		if x.Rater < 0 || int(x.Rater) >= raters {
			return nil, fmt.Errorf("it is damaged: it has a rater %d", x.Rater)
		}
	}
	return p, nil
}

// Blocks cuts the raters into at most n ranges with about as many meetings to
// count each: where each ends, ascending, the last with the last rater.
func Blocks(a *null.Acts, n int) (ends []int) {
	weight := func(u int32) float64 {
		after := 1 - float64(u)/float64(a.Raters) // of the others on an item, those of higher numbers
		sum := 1.
		for _, i := range a.ItemsOf(u) {
			sum += after * float64(min(a.SizeOf(i), null.HotItem))
		}
		return sum
	}
	sum, run := 0., 0.
	for u := range int32(a.Raters) {
		sum += weight(u)
	}
	for u := range int32(a.Raters) {
		if run += weight(u); run >= sum*float64(len(ends)+1)/float64(n) && int(u)+1 < a.Raters {
			ends = append(ends, int(u)+1)
		}
	}
	return append(ends, a.Raters)
}
