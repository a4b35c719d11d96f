package page

import "time"

// Day and minute shorten a time in RFC 3339; they are empty if it is none. A day
// stays one.
func Day(s string) string {
	if len(s) == len(time.DateOnly) {
		s += "T00:00:00Z"
	}
	return retimed(s, time.DateOnly)
}

func Minute(s string) string { return retimed(s, "2006-01-02 15:04") }

// Second writes a time to the second, or the day where no more is told.
func Second(s string) string {
	if len(s) == len(time.DateOnly) {
		return s
	}
	return retimed(s, time.DateTime)
}

func retimed(s, layout string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return ""
	}
	return t.UTC().Format(layout)
}

// When writes a span for people: days, or minutes where it is within one day.
func When(first, last string) string {
	if first == "" {
		return ""
	}
	if len(first) == len(time.DateOnly) && first == last { // no more is told
		return first
	}
	if len(first) == len(time.DateOnly) && len(last) == len(first) {
		first, last = first+"T00:00:00Z", last+"T00:00:00Z"
	}
	a, errA := time.Parse(time.RFC3339, first)
	b, errB := time.Parse(time.RFC3339, last)
	if errA != nil || errB != nil {
		return ""
	}
	from := a.Format(time.DateOnly)
	switch {
	case a.Equal(b) && a.Equal(a.Truncate(24*time.Hour)): // of dates, no more is told
		return from
	case a.Equal(b):
		return from + a.Format(" 15:04")
	case from == b.Format(time.DateOnly):
		return from + " " + a.Format("15:04") + "–" + b.Format("15:04")
	case a.Year() == b.Year():
		return from + " – " + b.Format("01-02")
	}
	return from + " – " + b.Format(time.DateOnly)
}
