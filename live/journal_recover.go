package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/ringwatch/ringwatch/output"
)

// recover reads what is there.
func (j *Journal) recover() error {
	path := j.file.Name()
	info, err := j.file.Stat()
	if err != nil {
		return err
	}
	length := info.Size()
	mark := make([]byte, min(length, int64(len(journalMark))))
	if _, err := j.file.ReadAt(mark, 0); err != nil && err != io.EOF {
		return err
	}
	if string(mark) != journalMark[:len(mark)] {
		return fmt.Errorf("%s: is no journal of ringwatch watch; name another --state", path)
	}
	if len(mark) < len(journalMark) { // new, or killed while it was made
		if err := j.write([]byte(journalMark), 0); err != nil {
			return err
		}
		length, j.size = int64(len(journalMark)), int64(len(journalMark))
		return output.Persist(j.dir)
	}
	j.size = int64(len(journalMark))
	var body []byte
	for j.size < length {
		n, ok, err := j.block(j.size, length, &body)
		if err != nil {
			return err
		}
		if !ok {
			return j.cut(length)
		}
		for rest := body; len(rest) > 0; {
			name, data, more, _ := part(rest)
			if err := j.add(name, data, j.size+n-int64(len(more)+len(data))); err != nil {
				return err
			}
			rest = more
		}
		j.last, j.size = j.size, j.size+n
	}
	return nil
}

// block reads the block at a place, and tells how long it is; ok is false where
// there is no whole one.
func (j *Journal) block(at, end int64, body *[]byte) (n int64, ok bool, err error) {
	var head [headLength]byte
	if end-at < headLength {
		return 0, false, nil
	}
	if _, err := j.file.ReadAt(head[:], at); err != nil {
		return 0, false, err
	}
	n = int64(binary.LittleEndian.Uint32(head[4:]))
	if string(head[:4]) != blockMark || n == 0 || n > mostBlock || n > end-at-headLength {
		return 0, false, nil
	}
	*body = slices.Grow((*body)[:0], int(n))[:n]
	if _, err := j.file.ReadAt(*body, at+headLength); err != nil {
		return 0, false, err
	}
	if crc32.Checksum(*body, castagnoli) != binary.LittleEndian.Uint32(head[8:]) {
		return 0, false, nil
	}
	for rest := *body; len(rest) > 0; {
		if _, _, rest, ok = part(rest); !ok {
			return 0, false, nil
		}
	}
	return headLength + n, true, nil
}

// part takes what one source said off a block.
func part(b []byte) (name string, data, more []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, nil, false
	}
	n := int(binary.LittleEndian.Uint16(b))
	if len(b) < 6+n {
		return "", nil, nil, false
	}
	length := int64(binary.LittleEndian.Uint32(b[2+n:]))
	if int64(len(b)) < int64(6+n)+length {
		return "", nil, nil, false
	}
	end := 6 + n + int(length)
	return string(b[2 : 2+n]), b[6+n : end], b[end:], true
}

// cut cuts off a block that was under way when the program was killed. There is one
// at most: whole ones behind it would be lost.
func (j *Journal) cut(length int64) error {
	rest, body := make([]byte, min(length-j.size, mostBlock+headLength+1)), []byte(nil)
	if _, err := j.file.ReadAt(rest, j.size); err != nil && err != io.EOF {
		return err
	}
	damaged := int64(len(rest)) > mostBlock+headLength
	for at := 1; !damaged; at++ {
		next := bytes.Index(rest[min(at, len(rest)):], []byte(blockMark))
		if next < 0 {
			break
		}
		at += next
		var err error
		if _, damaged, err = j.block(j.size+int64(at), length, &body); err != nil {
			return err
		}
	}
	if damaged {
		return fmt.Errorf("%s: is damaged at byte %d of %d, and not at its end; restore it, or name another --state",
			j.file.Name(), j.size, length)
	}
	j.torn = length - j.size
	return errors.Join(j.file.Truncate(j.size), j.file.Sync())
}
