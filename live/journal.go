package live

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ringwatch/ringwatch/output"
)

// A Journal is a file of blocks, each what sources said by then, with its length and
// a CRC32C of it. A block is written at once, so that of all but one it is known
// that they are whole. What was acknowledged is on the disk.
//
// Its methods may be called from several goroutines.
type Journal struct {
	dir  string
	lock io.Closer
	mu   sync.Mutex
	file *os.File
	size int64 // of the blocks that are whole
	last int64 // where the last of them begins
	of   map[string][]extent
	next map[string]int64 // what comes next of a broker's partition, see Position
	torn int64
	rows int64 // lines of ratings
}

// An extent is where bytes of a source are in the file.
type extent struct{ at, length int64 }

const (
	journalFile = "journal"
	journalMark = "ringwatch journal 1\n"
	blockMark   = "\x00rw\n"
	headLength  = 12      // mark, length and sum
	mostName    = 1 << 12 // bytes of the name of a source
	mostSaid    = 1 << 24 // bytes of what is said at once; a line must fit
	mostBlock   = 1 << 26 // bytes of a block
	unfinished  = ".new"  // of a file that takes the place of an older one when it is whole
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Open opens the journal of a folder, which it makes where there is none. What a
// kill or a power cut left of a last block that was never acknowledged is cut off,
// see Torn. It is an error where another program is at the folder, or a block
// before the last is damaged.
func Open(dir string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, short(dir, err)
	}
	if err := ours(dir); err != nil {
		return nil, err
	}
	lock, err := output.Alone(dir)
	if err != nil {
		return nil, err
	}
	j := &Journal{dir: dir, lock: lock, of: map[string][]extent{}, next: map[string]int64{}}
	path := filepath.Join(dir, journalFile)
	if err = output.Own(path); err == nil {
		j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	}
	if err == nil {
		err = j.recover()
	}
	if err != nil {
		j.Close()
		return nil, err
	}
	j.Tidy()
	return j, nil
}

// Tidy takes away what was being written beside the journal, to be whole in the place of an
// older file: Open does what a kill left, and who ends before that is done may.
func (j *Journal) Tidy() {
	for _, name := range []string{SnapshotFile, ScoresFile, AlertsFile} {
		os.Remove(filepath.Join(j.dir, name+unfinished))
	}
}

// ours refuses a folder that has files and no journal: they are somebody else's.
func ours(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return short(dir, err)
	}
	for _, e := range entries {
		if e.Name() == journalFile {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s: has files, such as %s, and no journal of ringwatch watch; "+
			"name a folder that is new or empty",
			dir, entries[0].Name())
	}
	return nil
}

func (j *Journal) add(name string, data []byte, at int64) error {
	switch {
	case name == positionSource:
		var p Position
		if err := json.Unmarshal(data, &p); err != nil {
			return fmt.Errorf("%s: a broker's position at byte %d cannot be read: %w", j.file.Name(), at, err)
		}
		j.next[p.From] = p.Next
	case len(data) > 0:
		if !isOwn(name) {
			j.rows += int64(bytes.Count(data, []byte{'\n'}))
			if len(j.of[name]) == 0 && data[0] != '{' && data[0] != '[' {
				j.rows-- // names of columns
			}
		}
		j.of[name] = append(j.of[name], extent{at, int64(len(data))})
	}
	return nil
}

// Torn is how many bytes of a block that was never acknowledged Open cut off.
func (j *Journal) Torn() int64 { return j.torn }

// A Said is what a source said: whole lines, but for the end of what ends without.
type Said struct {
	Source string
	Data   []byte
}

func (s Said) check() error {
	if len(s.Source) > mostName {
		return fmt.Errorf("the name of a source has %d bytes, more than %d", len(s.Source), mostName)
	}
	if len(s.Data) > mostSaid {
		return fmt.Errorf("%s: a line, or what is sent at once, has more than %d MB", s.Source, mostSaid>>20)
	}
	return nil
}

// Append writes what sources said, and returns when it is on the disk, or an error
// and none of it is in the journal: it can be tried again.
func (j *Journal) Append(all []Said) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.there(); err != nil {
		return err
	}
	places := make([]int64, len(all))
	b := make([]byte, headLength, headLength+1<<16)
	for k, s := range all {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(s.Source)))
		b = append(b, s.Source...)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s.Data)))
		places[k] = j.size + int64(len(b))
		b = append(b, s.Data...)
	}
	copy(b, blockMark)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)-headLength))
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b[headLength:], castagnoli))
	if err := j.write(b, j.size); err != nil {
		return errors.Join(err, j.file.Truncate(j.size))
	}
	j.last, j.size = j.size, j.size+int64(len(b))
	for k, s := range all {
		if err := j.add(s.Source, s.Data, places[k]); err != nil {
			return err
		}
	}
	return nil
}

// there is an error where the folder has another file or none: what is written then is nowhere.
func (j *Journal) there() error {
	open, err := j.file.Stat()
	if err != nil {
		return err
	}
	at, err := os.Stat(j.file.Name())
	if err != nil || !os.SameFile(open, at) {
		return fmt.Errorf("%s: was taken away or replaced; put it back, or stop ringwatch watch and start it again",
			j.file.Name())
	}
	return nil
}

// after returns what the block at a place says, and where the next one is; the same
// place where there is none yet.
func (j *Journal) after(at int64) (said []Said, next int64, err error) {
	end := j.Size()
	if at >= end {
		return nil, at, nil
	}
	var body []byte
	n, ok, err := j.block(at, end, &body)
	if err == nil && !ok {
		err = fmt.Errorf("%s: is damaged at byte %d", j.file.Name(), at)
	}
	if err != nil {
		return nil, at, err
	}
	for rest := body; len(rest) > 0; {
		name, data, more, _ := part(rest)
		said, rest = append(said, Said{name, data}), more
	}
	return said, at + n, nil
}

// headAt is the head of the block at a place, which tells it from others; the journal's mark where
// it is the first.
func (j *Journal) headAt(at int64) ([]byte, error) {
	head := make([]byte, headLength)
	if at+headLength > j.Size() {
		return nil, nil
	}
	_, err := j.file.ReadAt(head, at)
	return head, err
}

// write puts bytes at a place, on the disk.
func (j *Journal) write(b []byte, at int64) error {
	if _, err := j.file.WriteAt(b, at); err != nil {
		return err
	}
	return j.file.Sync()
}

// Size is how long the journal is, in bytes.
func (j *Journal) Size() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// end is the place behind what is there.
func (j *Journal) end() (place, error) {
	j.mu.Lock()
	size, last, lines := j.size, j.last, j.rows
	j.mu.Unlock()
	p, err := j.place(size, last)
	p.lines = lines
	return p, err
}

// Sources are the names of what there is something of, ascending, without what
// watch tells itself.
func (j *Journal) Sources() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	names := slices.Sorted(maps.Keys(j.of))
	return slices.DeleteFunc(names, isOwn)
}

// isOwn tells whether a source is not ratings, but what watch tells itself.
func isOwn(source string) bool { return strings.HasPrefix(source, "\x00") }

// positionSource is the source of positions, each in the block that has what was before it.
const positionSource = "\x00position"

// A Position tells how far a broker's partition, or stream, was recorded.
type Position struct {
	From string `json:"from"` // which of them
	Next int64  `json:"next"` // the offset or sequence of the message that comes next
}

// Positions are those of all that there is anything of, ascending.
func (j *Journal) Positions() (all []Position) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, from := range slices.Sorted(maps.Keys(j.next)) {
		all = append(all, Position{from, j.next[from]})
	}
	return all
}

// Ratings is how many lines of ratings there are.
func (j *Journal) Ratings() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rows
}

// Length is how many bytes of a source there are.
func (j *Journal) Length(source string) (n int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.of[source] {
		n += e.length
	}
	return n
}

// Read returns what a source said from a byte on, as far as it had when Read was
// called.
func (j *Journal) Read(source string, from int64) io.Reader {
	j.mu.Lock()
	defer j.mu.Unlock()
	var parts []io.Reader
	for _, e := range j.of[source] {
		if skip := min(from, e.length); skip > 0 {
			from -= skip
			e.at, e.length = e.at+skip, e.length-skip
		}
		if e.length > 0 {
			parts = append(parts, io.NewSectionReader(j.file, e.at, e.length))
		}
	}
	return io.MultiReader(parts...)
}

// Close closes the journal. What was appended is on the disk already.
func (j *Journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return cmp.Or(err, j.lock.Close())
}
