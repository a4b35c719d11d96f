package live_test

import (
	"fmt"
	"io"
	"os"

	"github.com/ringwatch/ringwatch/live"
)

// What a source said is read again as it came.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	j, err := live.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer j.Close()
	if err := j.Append([]live.Said{{Source: "votes.csv", Data: []byte("rater,item,value\n")}, {Source: "votes.csv",
		Data: []byte("ann,x,5\n")}}); err != nil {
		fmt.Println(err)
		return
	}
	text, err := io.ReadAll(j.Read("votes.csv", 0))
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// rater,item,value
	// ann,x,5
	// <nil>
}
