package tables

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strings"
	"testing"

	flatbuffers "github.com/google/flatbuffers/go"
)

// What a message says of itself is not believed: a list longer than the message, a
// column within itself, a body of gigabytes that is not there.
func TestArrowLies(t *testing.T) {
	file, err := os.ReadFile("../../testdata/contained/nested.arrow")
	if err != nil {
		t.Fatal(err)
	}
	// metadata returns the parts beside the body of the nth message.
	metadata := func(file []byte, n int) (meta []byte, message flatbuffers.Table) {
		for rest := file[8:]; ; n-- {
			size := binary.LittleEndian.Uint32(rest[4:])
			meta, rest = rest[8:8+size], rest[8+size:]
			if message = (flatbuffers.Table{Bytes: meta, Pos: flatbuffers.GetUOffsetT(meta)}); n == 0 {
				return meta, message
			}
			rest = rest[message.GetInt64Slot(messageBody, 0):]
		}
	}
	columns := func(of flatbuffers.Table, slot flatbuffers.VOffsetT) flatbuffers.UOffsetT {
		return of.Vector(flatbuffers.UOffsetT(of.Offset(slot)))
	}
	for name, lie := range map[string]struct {
		tell func(file []byte)
		want string
	}{
		"nothing": {func([]byte) {}, ""},
		"a long list": {func(file []byte) {
			meta, message := metadata(file, 0)
			schema, _ := table(message, messageHeader)
			binary.LittleEndian.PutUint32(meta[columns(schema, schemaFields)-4:], 1<<30)
		}, "a list of 1073741824 members"},
		"a column within itself": {func(file []byte) {
			meta, message := metadata(file, 0)
			schema, _ := table(message, messageHeader)
			for at := columns(schema, schemaFields); ; at += flatbuffers.SizeUOffsetT {
				field := flatbuffers.Table{Bytes: meta, Pos: schema.Indirect(at)}
				if inner := columns(field, fieldChildren); binary.LittleEndian.Uint32(meta[inner-4:]) > 0 {
					binary.LittleEndian.PutUint32(meta[inner:], uint32(field.Pos-inner))
					return
				}
			}
		}, "columns within columns"},
		"a body of a terabyte": {func(file []byte) {
			_, message := metadata(file, 1)
			message.MutateInt64Slot(messageBody, 1<<40)
		}, "a batch takes more than 1073 MB"},
		"a body of a gigabyte": {func(file []byte) {
			_, message := metadata(file, 1)
			message.MutateInt64Slot(messageBody, 1<<30)
		}, "unexpected EOF"},
		"no end": {func(file []byte) { file[len(file)-1] = 0 }, "cut short"},
	} {
		told := bytes.Clone(file)
		lie.tell(told)
		rows, err := ArrowFile(bytes.NewReader(told), int64(len(told)), 1<<30)
		if err == nil {
			_, err = io.Copy(io.Discard, rows)
		}
		if (err == nil) != (lie.want == "") || err != nil && !strings.Contains(err.Error(), lie.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
