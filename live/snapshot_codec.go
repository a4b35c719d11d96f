package live

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/ringwatch/ringwatch/output"
)

// A place is how far the journal was looked at, and the block before that, which tells it from others.
type place struct {
	At     int64  `json:"at"`
	Before int64  `json:"before"`
	Block  []byte `json:"block"` // its head, or nothing where there is none
	lines  int64  // of ratings before it, where that is known
}

func (j *Journal) place(at, before int64) (place, error) {
	block, err := j.headAt(before)
	return place{At: at, Before: before, Block: block}, err
}

// knows is an error where a place is not of this journal.
func (j *Journal) knows(p place) error {
	block, err := j.headAt(p.Before)
	if err == nil && (p.At > j.Size() || p.Before >= p.At || string(block) != string(p.Block)) {
		err = errors.New("it is of another journal")
	}
	return err
}

// saveWhole writes a snapshot with a head into a folder, whole or not at all.
func saveWhole(dir, name, mark string, head any, columns func(*snapshotWriter)) error {
	path := filepath.Join(dir, name)
	f, err := os.Create(path + unfinished)
	if err != nil {
		return err
	}
	w := &snapshotWriter{out: bufio.NewWriterSize(f, 1<<20)}
	w.write([]byte(mark))
	text, err := json.Marshal(head)
	if err == nil {
		save(w, text)
		columns(w)
		w.write(binary.LittleEndian.AppendUint32(nil, w.sum))
		err = errors.Join(w.failed, w.out.Flush())
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(path+unfinished, path)
	}
	if err != nil {
		os.Remove(path + unfinished)
	}
	return err
}

// restoreWhole reads a snapshot's head, and then its columns, if it fits. There is none where there is
// no such file, and that is no error.
func restoreWhole(dir, name, mark string, head any, fits func() error, columns func(*snapshotReader)) (bool, error) {
	f, err := output.Open(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	r := &snapshotReader{in: bufio.NewReaderSize(f, 1<<20), left: info.Size()}
	told := make([]byte, len(mark))
	if r.read(told); r.failed != nil || string(told) != mark {
		return false, errors.New("it is of another version")
	}
	var text []byte
	restore(r, &text)
	if r.failed == nil {
		r.failed = json.Unmarshal(text, head)
	}
	if r.failed != nil {
		return false, errors.New("it is damaged")
	}
	if err := fits(); err != nil {
		return false, err
	}
	columns(r)
	sum := r.sum
	var end [4]byte
	r.read(end[:])
	if r.failed != nil || binary.LittleEndian.Uint32(end[:]) != sum || r.left != 0 {
		return false, errors.New("it is damaged")
	}
	return true, nil
}

// saveNames writes names in their order.
func saveNames(w *snapshotWriter, n int, name func(int) string) {
	sizes, text := make([]int32, n), []byte(nil)
	for k := range sizes {
		x := name(k)
		sizes[k], text = int32(len(x)), append(text, x...)
	}
	save(w, sizes)
	save(w, text)
}

func restoreNames(r *snapshotReader, add func([]byte)) {
	var sizes []int32
	var text []byte
	restore(r, &sizes)
	restore(r, &text)
	for _, size := range sizes {
		if size < 0 || int(size) > len(text) {
			r.failed = io.ErrUnexpectedEOF
			return
		}
		add(text[:size])
		text = text[size:]
	}
}

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
