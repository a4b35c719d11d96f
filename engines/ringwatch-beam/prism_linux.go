package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// toLoopback moves the socket of this process that listens on a port from all addresses
// to 127.0.0.1. What had come in is lost.
func toLoopback(port string) error {
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range open {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		listens, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
		if err != nil || listens == 0 {
			continue
		}
		var own syscall.Sockaddr
		switch at, _ := syscall.Getsockname(fd); at := at.(type) {
		case *syscall.SockaddrInet4:
			if at.Port == number {
				own = &syscall.SockaddrInet4{Port: number, Addr: [4]byte{127, 0, 0, 1}}
			}
		case *syscall.SockaddrInet6: // of both kinds
			if at.Port == number {
				own = &syscall.SockaddrInet6{Port: number, Addr: [16]byte{10: 255, 11: 255, 12: 127, 15: 1}}
			}
		}
		if own == nil {
			continue
		}
		// The system lets go of the address of a socket that ends to listen, if it had
		// chosen the port.
		if err := syscall.Shutdown(fd, syscall.SHUT_RDWR); err != nil {
			return fmt.Errorf("its socket stays open: %w", err)
		}
		if err := syscall.Bind(fd, own); err != nil {
			return fmt.Errorf("its socket does not move to 127.0.0.1: %w", err)
		}
		return syscall.Listen(fd, syscall.SOMAXCONN)
	}
	return errors.New("its socket is not found")
}
