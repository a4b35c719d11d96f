//go:build unix && !linux

package rating

func inSmallPages(data []byte, err error) ([]byte, error) { return data, err }
