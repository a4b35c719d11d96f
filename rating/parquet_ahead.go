package rating

import (
	"errors"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/ringwatch/ringwatch/internal/workers"
)

// A parquetCursor hands out the cells of a column, which a goroutine of its own
// decodes ahead: a file of one row group keeps all cores busy, too.
type parquetCursor struct {
	field int
	cells     // of the page at hand
	at    int // the next of them
	pages chan decodedPage
	used  chan cells // memory to decode in
}

type decodedPage struct {
	cells
	err error
}

// ahead starts to decode a column; the goroutine of wg ends with its pages, or
// with stop.
func (c *parquetColumn) ahead(name string, crew *workers.Crew, stop <-chan struct{}) *parquetCursor {
	cursor := &parquetCursor{field: c.field, pages: make(chan decodedPage, 1), used: make(chan cells, 3)}
	crew.Go(func() {
		defer close(cursor.pages)
		defer c.pages.Close()
		for more := true; more; {
			var d decodedPage
			select {
			case d.cells = <-cursor.used:
			default:
			}
			if d, more = c.decodePage(name, d.cells); !more && d.err == nil {
				return
			}
			select {
			case cursor.pages <- d:
			case <-stop:
				return
			}
		}
	})
	return cursor
}

// decodePage decodes the next page in the memory of room; more is false behind
// the last and where that fails.
func (c *parquetColumn) decodePage(name string, room cells) (d decodedPage, more bool) {
	defer func() { more = more && d.err == nil }()
	defer parquetPanic(name, &d.err)
	page, err := c.pages.ReadPage()
	if err == io.EOF {
		return d, false
	}
	if err != nil {
		return decodedPage{err: damagedParquet(name, err)}, false
	}
	defer parquet.Release(page)
	c.cells = room
	c.empty()
	c.page(page)
	return decodedPage{cells: c.cells}, true
}

func (c *parquetCursor) left() int { return c.len() - c.at }

// next returns the next n cells of the page at hand.
func (c *parquetCursor) next(n int) (some cells) {
	from, to := c.at, c.at+n
	c.at = to
	switch c.field {
	case raterField, itemField:
		some.id = c.id[from:to]
	case timeField:
		some.time, some.unit = c.time[from:to], c.unit[from:to]
	default:
		some.value = c.value[from:to]
	}
	return some
}

// fill takes the next page if the one at hand is used up.
func (c *parquetCursor) fill(name string) error {
	for c.left() == 0 {
		select {
		case c.used <- c.cells:
		default:
		}
		d, ok := <-c.pages
		if !ok {
			return damagedParquet(name, errors.New("a column has fewer values than rows"))
		}
		if d.err != nil {
			return d.err
		}
		c.cells, c.at = d.cells, 0
	}
	return nil
}
