package rating

import (
	"sync"
	"unsafe"
)

// A shelf is where what is as long as the ratings goes while they are read: columns of
// ReadOptions.Room, in parts; in memory where there is no room.
type shelf struct {
	room func(name string, bytes int) ([]byte, error)

	mu   sync.Mutex
	left []byte // of the last column
}

// shelfBytes is how much a shelf asks for at once.
const shelfBytes = 32 << 20

// take returns zeros, at a place where any number may lie.
func (s *shelf) take(bytes int) ([]byte, error) {
	bytes = (bytes + 7) &^ 7
	s.mu.Lock()
	defer s.mu.Unlock()
	if bytes > len(s.left) {
		if bytes > shelfBytes/2 {
			return s.room("", bytes)
		}
		var err error
		if s.left, err = s.room("", shelfBytes); err != nil {
			return nil, err
		}
	}
	data := s.left[:bytes:bytes]
	s.left = s.left[bytes:]
	return data, nil
}

// newColumn returns n zeros.
func newColumn[T int32 | uint32 | float32 | float64 | unit](s *shelf, n int) ([]T, error) {
	if s.room == nil || n == 0 {
		return make([]T, n), nil
	}
	var one T
	data, err := s.take(n * int(unsafe.Sizeof(one)))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&data[0])), n), nil
}

// moved returns what is in a column, on the shelf; nil stays nil.
func moved[T int32 | uint32 | float32 | float64 | unit](s *shelf, column []T, failed *error) []T {
	if s.room == nil || column == nil {
		return column
	}
	to, err := newColumn[T](s, len(column))
	if err != nil {
		*failed = err
		return column
	}
	copy(to, column)
	return to
}

// shelve moves what a block holds.
func (b *rows) shelve(s *shelf) (err error) {
	b.rater, b.item = moved(s, b.rater, &err), moved(s, b.item, &err)
	b.value, b.time = moved(s, b.value, &err), moved(s, b.time, &err)
	b.tags, b.unit = moved(s, b.tags, &err), moved(s, b.unit, &err)
	return err
}
