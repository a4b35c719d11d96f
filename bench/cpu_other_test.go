//go:build !unix

package bench

import "time"

var begun = time.Now()

// cpuTime is the time that passes, where nothing better is at hand.
func cpuTime() time.Duration { return time.Since(begun) }
