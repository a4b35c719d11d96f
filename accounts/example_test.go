package accounts_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ringwatch/ringwatch/accounts"
	"github.com/ringwatch/ringwatch/rating"
)

// What is known of accounts is a table that names raters as the ratings do.
func ExampleReadFile() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "accounts.csv")
	if err := os.WriteFile(file, []byte("rater,country\nann,NL\nbob,NL\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	raters := rating.NewNames() // those of a rating.Table
	raters.Add([]byte("ann"))
	raters.Add([]byte("bob"))
	t, err := accounts.ReadFile(context.Background(), file, raters)
	fmt.Println(t != nil, err)
	// Output:
	// true <nil>
}
