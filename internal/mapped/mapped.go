// Package mapped keeps columns in files that are mapped, not read: they may be
// larger than the memory, other processes look at the same pages, and what is
// written is whole or not there. A column is made once, under another name,
// sealed, and never changed again.
package mapped

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"unsafe"

	"github.com/ringwatch/ringwatch/output"
)

// A Column is one file of a Store, as a plan keeps it. Its numbers are
// little-endian.
type Column struct {
	Name  string `json:"name"`
	Bytes int    `json:"bytes"`
	Sum   uint32 `json:"crc32c"`
}

// A Store is a folder of columns.
type Store struct {
	dir     string
	scratch *Scratch

	mu      sync.Mutex
	columns map[string]*column
}

type column struct {
	data    []byte
	mapped  bool
	partial string // the name it has until it is sealed
}

// ErrByteOrder is returned where columns cannot be used as they lie.
var ErrByteOrder = errors.New("columns are mapped on little-endian processors only, and this is none")

var little = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Create returns a Store in a folder that is there. Columns of the same name are
// replaced when they are sealed.
func Create(dir string) (*Store, error) {
	if !little {
		return nil, ErrByteOrder
	}
	return &Store{dir: dir, scratch: NewScratch(dir), columns: map[string]*column{}}, nil
}

// Partial makes a file of a new name, with the mode that the umask gives, which is
// renamed once it is whole.
func Partial(dir, prefix string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, prefix+rand.Text()), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
}

// Make makes a column of zeros that can be written to. One without a name is scratch:
// it is gone once the Store is closed.
func (s *Store) Make(name string, bytes int) ([]byte, error) {
	if name == "" {
		return Room[byte](s.scratch, bytes)
	}
	f, err := Partial(s.dir, "."+name+".partial-")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c := &column{partial: f.Name()}
	if bytes > 0 {
		// Blocks are taken now: a full disk is an error here, not a fault at a write.
		if err = reserve(f, int64(bytes)); err == nil {
			fill(f, bytes)
			c.data, err = mapShared(f, bytes)
			c.mapped = true
		}
		if err != nil {
			os.Remove(f.Name())
			return nil, fmt.Errorf("%s: %d bytes for it: %w", filepath.Join(s.dir, name), bytes, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.columns[name] = c
	return c.data, nil
}

// Seal writes the columns out, gives them their names and lists them by name.
func (s *Store) Seal(ctx context.Context) ([]Column, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sealed []Column
	for name, c := range s.columns {
		sum, err := c.checksum(ctx)
		if err == nil && c.partial != "" {
			err = s.keep(name, c)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(s.dir, name), err)
		}
		sealed = append(sealed, Column{Name: name, Bytes: len(c.data), Sum: sum})
	}
	slices.SortFunc(sealed, func(a, b Column) int { return cmp.Compare(a.Name, b.Name) })
	return sealed, nil
}

func (s *Store) keep(name string, c *column) error {
	if err := flush(c.data); err != nil {
		return err
	}
	if err := os.Rename(c.partial, filepath.Join(s.dir, name)); err != nil {
		return err
	}
	c.partial = ""
	return nil
}

// Open maps the columns of a sealed Store. It compares lengths only; see Verify.
func Open(dir string, columns []Column) (*Store, error) {
	s, err := Create(dir)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		if err := s.open(c); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *Store) open(c Column) error {
	path := filepath.Join(s.dir, c.Name)
	f, err := output.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != int64(c.Bytes) {
		return fmt.Errorf("%s: is damaged: it has %d bytes, not %d", path, info.Size(), c.Bytes)
	}
	col := &column{}
	if c.Bytes > 0 {
		if col.data, err = mapRead(f, c.Bytes); err != nil {
			return fmt.Errorf("%s: cannot be mapped: %w", path, err)
		}
		col.mapped = true
	}
	s.columns[c.Name] = col
	return nil
}

// Verify compares the columns with their checksums, and names the first that is
// not as it was written. It reads them all.
func (s *Store) Verify(ctx context.Context, columns []Column) error {
	for _, c := range columns {
		col, err := s.column(c.Name)
		if err != nil {
			return err
		}
		switch sum, err := col.checksum(ctx); {
		case err != nil:
			return err
		case sum != c.Sum:
			return fmt.Errorf("%s: is damaged: its checksum is wrong", filepath.Join(s.dir, c.Name))
		}
	}
	return nil
}

// Bytes returns a column. It must not be written to once it is sealed.
func (s *Store) Bytes(name string) ([]byte, error) {
	c, err := s.column(name)
	if err != nil {
		return nil, err
	}
	return c.data, nil
}

func (s *Store) column(name string) (*column, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.columns[name]
	if c == nil {
		return nil, fmt.Errorf("%s: there is no column %q", s.dir, name)
	}
	return c, nil
}

// Release is that of a Scratch for all columns, and then the scratch.
func (s *Store) Release(from, bytes int) (more bool) {
	var all [][]byte
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(s.columns)) {
		if c := s.columns[name]; c.mapped {
			all = append(all, c.data)
		}
	}
	s.scratch.mu.Lock()
	defer s.scratch.mu.Unlock()
	return releaseOf(append(all, s.scratch.all...), from, bytes)
}

// Close ends the mappings: no column may be used any more. What was not sealed is
// removed.
func (s *Store) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.scratch.Close()
	for _, c := range s.columns {
		if c.mapped {
			err = errors.Join(err, unmap(c.data))
		}
		if c.partial != "" {
			err = errors.Join(err, os.Remove(c.partial))
		}
	}
	clear(s.columns)
	return err
}

// Of returns a column as numbers, or as structures of them, which share its memory. T
// must have no pointers.
func Of[T any](data []byte) []T {
	var one T
	n := len(data) / int(unsafe.Sizeof(one))
	if n == 0 {
		return []T{}
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), n)
}

const checkedAtOnce = 16 << 20 // bytes between two looks at ctx

// checksum reads a column, and lets go of what it has read.
func (c *column) checksum(ctx context.Context) (sum uint32, err error) {
	for part := range slices.Chunk(c.data, checkedAtOnce) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if sum = crc32.Update(sum, castagnoli, part); c.mapped {
			release(part) // chunks begin where pages do
		}
	}
	return sum, nil
}
