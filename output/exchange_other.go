//go:build !linux

package output

import "errors"

func exchange(string, string) error { return errors.ErrUnsupported }
