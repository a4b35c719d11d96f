package rating

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/ringwatch/ringwatch/rating/internal/tables"
)

// A spool holds what can be read but once: in memory what is small, the rest in
// a file that has no name and ends with the program.
type spool struct {
	io.ReaderAt
	size int64
	file *os.File // nil if it is in memory
}

const smallSpool = 16 << 20 // bytes

func (r *reader) spool(from io.Reader) (*spool, error) {
	small, err := io.ReadAll(io.LimitReader(from, smallSpool))
	if err != nil {
		return nil, err
	}
	if len(small) < smallSpool {
		return &spool{ReaderAt: bytes.NewReader(small), size: int64(len(small))}, nil
	}
	f, err := os.CreateTemp("", "ringwatch-*")
	if err != nil {
		return nil, err
	}
	s := &spool{ReaderAt: f, file: f}
	forget(f)
	s.size, err = io.Copy(f, io.MultiReader(bytes.NewReader(small), &interrupted{r.ctx, from}))
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *spool) close() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name()) // where forget could not
	}
}

// interrupted reads until the context ends.
type interrupted struct {
	ctx  context.Context
	from io.Reader
}

func (i *interrupted) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.from.Read(p)
}

// randomAccess returns a stream where it lies; one that is packed, or that comes
// through a pipe, is kept until release.
func (r *reader) randomAccess(s *stream) (at io.ReaderAt, size int64, release func(), err error) {
	if f, size := s.raw.regular(); f != nil && s.packing == "" {
		return f, size, func() {}, nil
	}
	kept, err := r.spool(s.content)
	if err != nil {
		return nil, 0, nil, r.stopped(s.name, s.packing, 1, err)
	}
	return kept, kept.size, kept.close, nil
}

// unzip unpacks each member of an archive.
func (r *reader) unzip(s *stream, do func(s *stream) error) error {
	if s.depth++; s.depth > deepest {
		return fmt.Errorf("%s: archives lie in archives more than %d deep; unpack the ratings first",
			shorten(s.name, 200), deepest)
	}
	at, size, release, err := r.randomAccess(s)
	if err != nil {
		return err
	}
	defer release()
	archive, err := zip.NewReader(at, size)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, damaged(err, "zip"))
	}
	if len(archive.File) > mostMembers {
		return fmt.Errorf("%s: holds %d files, and no more than %d are looked through; unpack those with ratings",
			s.name, len(archive.File), mostMembers)
	}
	if tables.IsWorkbook(archive) {
		return r.workbook(s, archive, do)
	}
	for _, l := range logs {
		for _, m := range archive.File {
			if strings.Contains("/"+m.Name, "/"+strings.Split(l.sign, "/")[0]+"/") &&
				(!strings.Contains(l.sign, "/") || strings.HasSuffix(m.Name, path.Ext(l.sign))) {
				return logError(s.name, path.Dir(m.Name), l.kind, "")
			}
		}
	}
	for _, m := range archive.File {
		switch m.Name {
		case "xl/workbook.bin":
			return &noRatings{s.name + ": is a binary Excel workbook, which is not read; save it as .xlsx or CSV"}
		case "META-INF/manifest.xml":
			return &noRatings{s.name + ": is an OpenDocument file, which is not read; save the sheet as .xlsx or CSV"}
		}
	}
	for _, m := range archive.File {
		if base := path.Base(m.Name); m.FileInfo().IsDir() || base[0] == '.' || strings.HasPrefix(m.Name, "__MACOSX/") {
			continue
		}
		if err := r.unzipMember(s, m, do); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) unzipMember(s *stream, m *zip.File, do func(s *stream) error) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	f, err := m.Open()
	name := s.name + "/" + m.Name
	if err != nil {
		return fmt.Errorf("%s: %w", name, damaged(err, "zip"))
	}
	defer f.Close()
	t := s.in("zip", r.measured(f))
	t.name, t.member, t.parts = name, true, append(s.parts[:len(s.parts):len(s.parts)], partsOf(path.Dir(m.Name))...)
	return passOver(r.unpack(t, do), r)
}

// passOver makes little of a part of an archive that holds no ratings.
func passOver(err error, r *reader) error {
	var none *noRatings
	if errors.As(err, &none) {
		r.noted(none)
		return nil
	}
	return err
}
