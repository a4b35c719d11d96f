package rating_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/ringwatch/ringwatch/rating"
)

// What was read as what is told; ratings are numbers from 0 to 1 of a scale.
func Example() {
	const file = "user,movie,stars,when\nann,Alien,5,2024-03-01\nbob,Alien,2,2024-03-02\nann,Brazil,4,2024-03-02\n"
	t, sum, err := rating.Read(context.Background(), []string{"-"},
		rating.ReadOptions{Stdin: strings.NewReader(file), Scale: "1..5"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d ratings on the scale %v\n", sum.Kept, t.Scale)
	i, _ := t.Items.Find("Alien")
	for _, k := range t.ByItem().Rows(i) { // in the order of time
		fmt.Printf("%s %.2f\n", t.Raters.Name(t.Rater[k]), t.Value[k])
	}
	// Output:
	// 3 ratings on the scale 1..5
	// ann 1.00
	// bob 0.25
}

// A table is made row by row too, and written in any format.
func ExampleTable_Append() {
	t := &rating.Table{Raters: rating.NewNames(), Items: rating.NewNames(), Scale: rating.Scale{Min: 1, Max: 5}}
	t.Append(t.Raters.Add([]byte("ann")), t.Items.Add([]byte("Alien")), 1, rating.NoTime)
	t.Append(t.Raters.Add([]byte("bob")), t.Items.Add([]byte("Alien")), .25, rating.NoTime)
	if err := rating.WriteCSV(os.Stdout, t); err != nil {
		fmt.Println(err)
	}
	// Output:
	// rater,item,value
	// ann,Alien,5
	// bob,Alien,2
}
