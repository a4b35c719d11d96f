package live

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// A snapshotWriter sums up what it writes, and writes nothing after a failure.
type snapshotWriter struct {
	out    *bufio.Writer
	sum    uint32
	failed error
}

func (w *snapshotWriter) write(b []byte) {
	if w.failed == nil {
		w.sum = crc32.Update(w.sum, castagnoli, b)
		_, w.failed = w.out.Write(b)
	}
}

const snapshotPiece = 1 << 16 // numbers that are encoded at once

func save[T any](w *snapshotWriter, x []T) {
	w.write(binary.LittleEndian.AppendUint64(nil, uint64(len(x))))
	for len(x) > 0 && w.failed == nil {
		n := min(len(x), snapshotPiece)
		var b []byte
		if b, w.failed = binary.Append(nil, binary.LittleEndian, x[:n]); w.failed == nil {
			w.write(b)
		}
		x = x[n:]
	}
}

// A snapshotReader is the other way round. Left is how many bytes there can be at most.
type snapshotReader struct {
	in     *bufio.Reader
	left   int64
	sum    uint32
	failed error
}

func (r *snapshotReader) read(b []byte) {
	if r.failed == nil {
		if r.left -= int64(len(b)); r.left < 0 {
			r.failed = io.ErrUnexpectedEOF
			return
		}
		if _, r.failed = io.ReadFull(r.in, b); r.failed == nil {
			r.sum = crc32.Update(r.sum, castagnoli, b)
		}
	}
}

func restore[T any](r *snapshotReader, x *[]T) {
	var size [8]byte
	if r.read(size[:]); r.failed != nil {
		return
	}
	n := binary.LittleEndian.Uint64(size[:])
	var one T
	each := binary.Size(one)
	if each <= 0 || n > uint64(r.left)/uint64(each) {
		r.failed = io.ErrUnexpectedEOF
		return
	}
	out, b := make([]T, n), make([]byte, snapshotPiece*each)
	for rest := out; len(rest) > 0 && r.failed == nil; {
		k := min(len(rest), snapshotPiece)
		if r.read(b[:k*each]); r.failed == nil {
			_, r.failed = binary.Decode(b[:k*each], binary.LittleEndian, rest[:k])
		}
		rest = rest[k:]
	}
	*x = out
}
