package mapped

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"unsafe"
)

// A Scratch is room for numbers that may be larger than the memory: files without
// a name in a folder, which are gone when the process is, or when they are given back.
// A nil Scratch is the heap.
type Scratch struct {
	dir string

	mu  sync.Mutex
	all [][]byte
}

// NewScratch returns room in a folder that is there.
func NewScratch(dir string) *Scratch { return &Scratch{dir: dir} }

// Room returns n zeros of a type without pointers.
func Room[T any](s *Scratch, n int) ([]T, error) {
	if s == nil || n == 0 {
		return make([]T, n), nil
	}
	var one T
	data, err := s.take(n * int(unsafe.Sizeof(one)))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), n), nil
}

func (s *Scratch) take(bytes int) ([]byte, error) {
	f, err := os.CreateTemp(s.dir, ".ringwatch-scratch-*")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	os.Remove(f.Name()) // the mapping keeps it; where it does not, it stays
	if err := reserve(f, int64(bytes)); err != nil {
		return nil, fmt.Errorf("%s: no room for %d bytes that are needed for a while: %w", s.dir, bytes, err)
	}
	fill(f, bytes)
	data, err := mapShared(f, bytes)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.dir, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, data)
	return data, nil
}

// Numbers is Room for the columns that rating.Table.IndexIn asks for.
func (s *Scratch) Numbers(_ string, n int) ([]int32, error) { return Room[int32](s, n) }

// GiveBack ends what Room returned, or a beginning of it, which must not be used any more: its
// file is gone. What is on the heap is the garbage collector's.
func GiveBack[T any](s *Scratch, x []T) error {
	if s == nil || cap(x) == 0 {
		return nil
	}
	at := (*byte)(unsafe.Pointer(&x[:1][0]))
	s.mu.Lock()
	defer s.mu.Unlock()
	k := slices.IndexFunc(s.all, func(data []byte) bool { return &data[0] == at })
	if k < 0 {
		return nil
	}
	data := s.all[k]
	s.all = slices.Delete(s.all, k, k+1)
	return unmap(data)
}

// Release lets go of the pages of memory that so many bytes are in, from one on: of all numbers,
// one behind the other. It reports whether there are more behind. Pages come back when they are
// looked at, so it may be called at any time, from any goroutine.
func (s *Scratch) Release(from, bytes int) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return releaseOf(s.all, from, bytes)
}

// releaseOf is Release for mappings.
func releaseOf(all [][]byte, from, bytes int) (more bool) {
	end := 0
	for _, data := range all {
		first, last := max(0, from-end), min(from+bytes-end, len(data))
		page := os.Getpagesize()
		if first = (first + page - 1) / page * page; first < last {
			release(data[first:last])
		}
		end += len(data)
	}
	return from+bytes < end
}

// Close ends the mappings: nothing that Room returned may be used any more.
func (s *Scratch) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, data := range s.all {
		err = errors.Join(err, unmap(data))
	}
	s.all = nil
	return err
}
