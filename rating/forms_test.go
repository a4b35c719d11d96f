package rating

import (
	"strings"
	"testing"
)

// FuzzForms gives any cells to what recognises values and times: what a form was
// recognised by, it reads, and nothing makes it panic.
func FuzzForms(f *testing.F) {
	for _, s := range []string{"12/31/2024 11:59 PM\n1/2/2025",
		"31.12.2024\n30.12.2024", "Wed Aug 27 13:08:45 +0000 2008", "20240131T120000Z", "202402241836\n20240224183659",
		"45346.77", "4/5\n5/5", "★★★☆☆", "80%", "3,5\n4,0", "5 - excellent", "strongly agree\ndisagree", "👍\n👎",
		"0\n-1\nnan", "10:31:05\n23:59", "2019", "Posted November 5, 2011.", "1.7E+18"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cells := strings.Split(text, "\n")
		form, ok := formOf(cells)
		fit, n := 0, 0
		for _, c := range cells {
			if isNothing(c) {
				continue
			}
			n++
			if form == nil {
				if _, isNumber := parseValue([]byte(strings.TrimSpace(c))); isNumber {
					fit++
				}
			} else if v, read := form.read([]byte(c)); read && v == v {
				fit++
				_ = form.String()
			}
		}
		if ok && 10*fit < 9*n {
			t.Errorf("%q: %v reads %d of %d", cells, form, fit, n)
		}
		times, fault := formOfTimes(cells, "")
		if fault != nil {
			return
		}
		for _, c := range cells {
			if at, _, ok := readTime(times, []byte(c), noTime); ok && ToTime(at).Year() > 2068 {
				t.Errorf("%q is %v", c, ToTime(at))
			}
		}
	})
}

// TestTimes: texts of times and what they mean; of an empty meaning, none.
func TestTimes(t *testing.T) {
	for _, c := range []struct{ text, order, want string }{
		{"12/31/2024 11:59 PM", "mdy", "2024-12-31T23:59:00Z"}, {"31.12.2024", "dmy", "2024-12-31T00:00:00Z"},
		{"12:00 AM 1/2/2024", "mdy", "2024-01-02T00:00:00Z"}, {"1/2/24", "dmy", "2024-02-01T00:00:00Z"},
		{"5-Jan-99", "dmy", "1999-01-05T00:00:00Z"},
		{"Mon, 02 Jan 2006 15:04:05 -0700", "", "2006-01-02T22:04:05Z"},
		{"Wed Aug 27 13:08:45 +0000 2008", "", "2008-08-27T13:08:45Z"},
		{"Mon Jul 17 02:17:32 WIB 2017", "", "2017-07-16T19:17:32Z"},
		{"Fri Aug 25 13:55:02 -0700 2017", "", "2017-08-25T20:55:02Z"},
		{"January 5th, 2024", "", "2024-01-05T00:00:00Z"}, {"Posted November 5, 2011.", "", "2011-11-05T00:00:00Z"},
		{"Reviewed in the United States on January 5, 2024", "", "2024-01-05T00:00:00Z"},
		{"09 13, 2009", "mdy", "2009-09-13T00:00:00Z"},
		{"20240131T120000Z", "", "2024-01-31T12:00:00Z"}, {"2024-1-5 3:04", "", "2024-01-05T03:04:00Z"},
		{"5. März 2024", "", "2024-03-05T00:00:00Z"}, {"2024-01-05 10:00:00 PST", "", "2024-01-05T18:00:00Z"},
		{"13/13/2024", "mdy", ""}, {"2 days ago", "", ""}, {"31.02.2024", "dmy", ""}, {"11:61 PM 1/2/2024", "mdy", ""},
		{"Posted November 5.", "", ""}, {"13:00 PM 1/2/2024", "mdy", ""},
	} {
		got := ""
		if sec, ok := parseText(c.text, c.order); ok {
			at, _ := FromUnix(sec)
			got = ToTime(at).Format("2006-01-02T15:04:05Z")
		}
		if got != c.want {
			t.Errorf("%q is %q, want %q", c.text, got, c.want)
		}
	}
}
