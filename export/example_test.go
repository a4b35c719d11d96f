package export_test

import (
	"fmt"

	"github.com/ringwatch/ringwatch/export"
)

// The places that rings can be handed on to.
func ExampleFormats() {
	for _, f := range export.Formats() {
		fmt.Println(f.Name)
	}
	// Output:
	// osprey
	// coop
	// ozone
	// stix
	// undo
	// csv
}
