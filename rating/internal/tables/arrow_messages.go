package tables

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"
)

// messages reads Arrow's messages. Package ipc does so too, but believes what a
// message says of lengths: it reserves gigabytes for a few damaged bytes, and
// follows a column that is a part of itself until the stack is full.
type messages struct {
	from io.Reader
	most int64 // bytes of a body
	last *ipc.Message
}

const (
	mostMetadata = 1 << 26 // bytes of a message beside its body
	mostFields   = 1 << 16 // columns, with those within columns
	mostFieldIn  = 64      // levels of columns within columns
)

func (m *messages) Retain()  {}
func (m *messages) Release() {}

// Message returns the next message, or io.EOF. It is valid until the next call.
func (m *messages) Message() (*ipc.Message, error) {
	var word [4]byte
	next := func() (uint32, error) {
		_, err := io.ReadFull(m.from, word[:])
		return binary.LittleEndian.Uint32(word[:]), err
	}
	const marked = 0xffffffff // before the length, since version 0.15
	n, err := next()
	if err == nil && n == marked {
		if n, err = next(); err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
	}
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, io.EOF
	case n < 4 || n > mostMetadata:
		return nil, fmt.Errorf("a message says that it has %d bytes", n)
	}
	meta, err := exactly(m.from, int64(n))
	if err != nil {
		return nil, err
	}
	length, err := checkMessage(meta)
	if err != nil {
		return nil, err
	}
	if length < 0 || length > m.most {
		return nil, fmt.Errorf("a batch takes more than %d MB", m.most/1e6)
	}
	body, err := exactly(m.from, length)
	if err != nil {
		return nil, err
	}
	if m.last != nil {
		m.last.Release()
	}
	m.last = ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(body))
	return m.last, nil
}

// exactly reads n bytes, and takes memory as they come.
func exactly(r io.Reader, n int64) ([]byte, error) {
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, n); err == io.EOF {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Places of members in the tables of Arrow's Message.fbs and Schema.fbs.
const (
	messageKind, messageHeader, messageBody, messageExtra = 6, 8, 10, 12
	schemaFields, schemaExtra                             = 6, 8
	fieldName, fieldChildren, fieldExtra                  = 4, 14, 16
	extraKey, extraValue                                  = 4, 6
	batchNodes, batchBuffers                              = 6, 8
	dictionaryBatch                                       = 6
	isSchema, isDictionary, isBatch                       = 1, 2, 3
)

// checkMessage returns the length of a message's body. It is an error if lists in
// it are longer than the message, or columns are within themselves.
func checkMessage(meta []byte) (body int64, err error) {
	defer caught(&err)
	c := &checker{text: mostMetadata}
	message := flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}
	body = message.GetInt64Slot(messageBody, 0)
	c.extra(message, messageExtra)
	header, ok := table(message, messageHeader)
	if !ok {
		return 0, errors.New("a message has no header")
	}
	switch message.GetByteSlot(messageKind, 0) {
	case isSchema:
		c.fields(header, schemaFields, 0)
		c.extra(header, schemaExtra)
	case isDictionary:
		if header, ok = table(header, dictionaryBatch); !ok {
			return 0, errors.New("a dictionary has no batch")
		}
		fallthrough
	case isBatch:
		c.length(header, batchNodes, 16)
		c.length(header, batchBuffers, 16)
	}
	return body, nil
}

// table returns the table that is a member of another.
func table(of flatbuffers.Table, slot flatbuffers.VOffsetT) (flatbuffers.Table, bool) {
	at := flatbuffers.UOffsetT(of.Offset(slot))
	if at == 0 {
		return flatbuffers.Table{}, false
	}
	return flatbuffers.Table{Bytes: of.Bytes, Pos: of.Indirect(at + of.Pos)}, true
}

// A checker counts what a message may hold; it panics where that is too much.
type checker struct{ seen, text int }

// length returns how many members a list has, of size bytes each.
func (c *checker) length(of flatbuffers.Table, slot flatbuffers.VOffsetT, size int) int {
	at := flatbuffers.UOffsetT(of.Offset(slot))
	if at == 0 {
		return 0
	}
	n := of.VectorLen(at)
	if n < 0 || n > len(of.Bytes)/size {
		panic(fmt.Sprintf("a list of %d members in a message of %d bytes", n, len(of.Bytes)))
	}
	return n
}

// each visits the tables of a list.
func (c *checker) each(of flatbuffers.Table, slot flatbuffers.VOffsetT, do func(flatbuffers.Table)) {
	n := c.length(of, slot, flatbuffers.SizeUOffsetT)
	if n == 0 {
		return
	}
	if c.seen += n; c.seen > mostFields {
		panic(fmt.Sprintf("more than %d columns", mostFields))
	}
	begin := of.Vector(flatbuffers.UOffsetT(of.Offset(slot)))
	for k := range n {
		do(flatbuffers.Table{Bytes: of.Bytes,
			Pos: of.Indirect(begin + flatbuffers.UOffsetT(k)*flatbuffers.SizeUOffsetT)})
	}
}

func (c *checker) fields(of flatbuffers.Table, slot flatbuffers.VOffsetT, depth int) {
	if depth > mostFieldIn {
		panic(fmt.Sprintf("columns within columns on more than %d levels", mostFieldIn))
	}
	c.each(of, slot, func(field flatbuffers.Table) {
		c.string(field, fieldName)
		c.extra(field, fieldExtra)
		c.fields(field, fieldChildren, depth+1)
	})
}

func (c *checker) extra(of flatbuffers.Table, slot flatbuffers.VOffsetT) {
	c.each(of, slot, func(pair flatbuffers.Table) {
		c.string(pair, extraKey)
		c.string(pair, extraValue)
	})
}

// string counts a text, which several tables may share.
func (c *checker) string(of flatbuffers.Table, slot flatbuffers.VOffsetT) {
	if c.text -= c.length(of, slot, 1); c.text < 0 {
		panic(fmt.Sprintf("texts of more than %d MB", mostMetadata>>20))
	}
}
