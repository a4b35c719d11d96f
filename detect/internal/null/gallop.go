package null

// Gallop returns how many of the ascending times are before one, in steps that
// double: quick where they are few.
func Gallop(times []int32, before int64) int {
	at, step := 0, 1
	for at+step <= len(times) && int64(times[at+step-1]) < before {
		at += step
		step *= 2
	}
	for step > 1 {
		if step /= 2; at+step <= len(times) && int64(times[at+step-1]) < before {
			at += step
		}
	}
	return at
}
