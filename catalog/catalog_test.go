package catalog_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ringwatch/ringwatch/catalog"
	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/scoring/scorers"
	"github.com/ringwatch/ringwatch/simulate"
)

func Example() {
	attack, err := catalog.Find("attack", simulate.All, "burst")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range catalog.Options(attack)[:2] {
		fmt.Printf("%s is %v, within %s\n", catalog.OptionName(o.Name), o.Value, o.Within)
	}
	_, err = catalog.Find("attack", simulate.All, "brust")
	fmt.Println(strings.SplitAfter(err.Error(), "?")[0])
	// Output:
	// brigades is 1, within 0..100000
	// accounts is 20, within 0..10000000
	// no attack is called "brust"; did you mean "burst"?
}

// What anything offers has a range that can be read, and that its default is in.
func TestDefaultsAreWithinTheirRanges(t *testing.T) {
	all := []any{simulate.NewOrganic()}
	for _, build := range simulate.All {
		all = append(all, build())
	}
	for _, build := range scorers.All {
		all = append(all, build())
	}
	for _, build := range detect.All {
		all = append(all, build())
	}
	for _, x := range all {
		kind := reflect.TypeOf(x).Elem()
		if err := catalog.Check(kind.Name(), x); err != nil {
			t.Error(err)
		}
		for _, o := range catalog.Options(x) {
			r, ok := catalog.ParseRange(o.Within)
			if o.Within != "" && (!ok || math.IsInf(r.Low, 0) && math.IsInf(r.High, 0)) {
				t.Errorf("%s.%s: within %q is no range", kind, o.Name, o.Within)
			}
		}
	}
}

func TestCheck(t *testing.T) {
	type options struct {
		Share float64       `within:"0..1"`
		Wait  time.Duration `within:"60.."`
		Most  int           `within:"..5"`
		Text  string        `within:"1.."`
	}
	fine := options{Share: 1, Wait: time.Minute, Most: -3}
	for _, c := range []struct {
		change func(*options)
		want   string
	}{
		{func(*options) {}, ""},
		{func(o *options) { o.Share = 1.5 }, "x: share is 1.5, but it must be from 0 to 1"},
		{func(o *options) { o.Share = math.NaN() }, "x: share is NaN, but it must be from 0 to 1"},
		{func(o *options) { o.Wait = time.Second }, "x: wait is 1s, but it must be 60 or more"},
		{func(o *options) { o.Most = 6 }, "x: most is 6, but it must be 5 or less"},
	} {
		o, got := fine, ""
		c.change(&o)
		if err := catalog.Check("x", &o); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: %q; want %q", o, got, c.want)
		}
	}
}
