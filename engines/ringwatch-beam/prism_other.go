//go:build !linux

package main

import "errors"

// toLoopback does nothing: only Linux lets a socket that listens move.
func toLoopback(string) error {
	return errors.New("this system does not let its socket move to 127.0.0.1")
}
