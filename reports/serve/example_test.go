package serve_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/reports/serve"
)

// A case that was written to a folder, in a server of one's own.
func Example() {
	top, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(top)
	dir := filepath.Join(top, "case")
	if err := writeCase(dir); err != nil {
		fmt.Println(err)
		return
	}
	app, err := serve.Open(dir, serve.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer app.Close()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "http://127.0.0.1/api/v1/rings", nil)
	app.Handler().ServeHTTP(w, r)
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output:
	// 200 application/json
}

func writeCase(dir string) error {
	to, err := output.Claim(dir, output.Request{By: "example"})
	if err != nil {
		return err
	}
	defer to.Close()
	t := &rating.Table{Raters: rating.Numbered("rater ", 3), Items: rating.Numbered("item ", 1),
		Scale: rating.Scale{Max: 1}}
	for u := range int32(3) {
		t.Append(u, 0, 1, 60*u)
	}
	return reports.WriteCase(to, &reports.Case{Title: "Nobody", Ratings: t,
		Findings: &detect.Findings{Suspicion: make([]float64, 3)}})
}
