package output_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ringwatch/ringwatch/output"
)

// What cannot be written whole is not there at all.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	f, err := output.ClaimFile(filepath.Join(dir, "scores.csv"))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = f.Write(context.Background(), func(w io.Writer) error {
		fmt.Fprintln(w, "item,score")
		return errors.New("the scorer stopped")
	})
	f.Close()
	left, _ := os.ReadDir(dir)
	fmt.Printf("%v: %d files are left\n", err, len(left))
	// Output:
	// the scorer stopped: 0 files are left
}
