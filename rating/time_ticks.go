package rating

import (
	"strconv"
	"strings"
)

// A tick is how a program counts time from a year other than 1970. Read as of
// 1970, none of these numbers would be of the years that ratings have.
type tick struct {
	name      string
	lo, hi    float64 // what 1970 and 2038 are
	perSecond int64
	from      int64 // seconds, of its beginning before 1970
}

var ticks = []tick{
	{".NET ticks", 621355968000000000, 642817956000000000, 1e7, 62135596800},
	{"Windows file times", 116444736000000000, 137906724000000000, 1e7, 11644473600},
	{"WebKit microseconds", 11644473600000000, 13790672400000000, 1e6, 11644473600},
}

func (t *tick) within(x float64) bool { return x >= t.lo && x < t.hi }

func readTicks(s string) (at int32, ok bool) {
	x, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, false
	}
	for _, t := range ticks {
		if t.within(float64(x)) {
			return FromUnix(x/t.perSecond - t.from)
		}
	}
	return 0, false
}

const roundedTimes = "rounded numbers"

// isRounded reports whether a number lost the digits that tell seconds: 1.70E+09.
func isRounded(s string) bool {
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		return false
	}
	digits := strings.ReplaceAll(strings.TrimLeft(s[:at], "+-"), ".", "")
	power, err := strconv.Atoi(strings.TrimPrefix(s[at+1:], "+"))
	return err == nil && power >= 9 && len(digits) < 10
}

// chineseDate writes 2024年1月31日 as 2024-1-31, and takes out signs that stand
// between date and time, or before them in workbooks.
var chineseDate = strings.NewReplacer("年", "-", "月", "-", "日", " ", "년 ", "-", "월 ", "-", "일", " ", "·", " ", "•", " ",
	"_", " ", "'", "")
