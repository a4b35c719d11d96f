//go:build !unix

package rating

import "time"

var begun = time.Now()

func cpuTime() time.Duration { return time.Since(begun) }
