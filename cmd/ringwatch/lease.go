package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A lease is a file that those who work for somebody look at: they do as long as it is
// there. Where it holds a time, it must be written to within that time as well: who is
// killed outright takes no file away.
type lease struct {
	file    string
	holds   time.Duration // 0: as long as it is there
	written time.Time     // when it was last written to, by the clock of whoever keeps it
	until   time.Time     // it holds, by the clock here
	doubted bool          // it looked over from the start, and was not written to since
}

const (
	leaseHolds = 2 * time.Minute // NFS may keep what it knows of a file for one
	leaseRenew = 10 * time.Second
	// leaseWaits is how long a lease that looks over is looked at before that is believed:
	// on some file systems times are the writer's, and clocks differ.
	leaseWaits = 3 * leaseRenew
	leaseLooks = 500 * time.Millisecond
)

// readLease looks at a lease for the first time. How old it is tells a file that is made
// beside it now: clocks here and there are not compared.
func readLease(file string, now time.Time) *lease {
	l := &lease{file: file, holds: holdsOf(file)}
	info, err := os.Stat(file)
	if l.holds == 0 || err != nil {
		return l
	}
	l.written, l.until = info.ModTime(), now.Add(l.holds)
	if at, err := clockOf(filepath.Dir(file)); err == nil && at.Sub(l.written) > l.holds {
		l.until, l.doubted = now.Add(leaseWaits), true
	}
	return l
}

// holdsOf is the time that a file holds; none where that is something else.
func holdsOf(file string) time.Duration {
	f, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 32))
	holds, _ := time.ParseDuration(strings.TrimSpace(string(text)))
	return max(0, holds)
}

// clockOf is the time now for whoever keeps a folder.
func clockOf(dir string) (time.Time, error) {
	f, err := os.CreateTemp(dir, ".now-")
	if err != nil {
		return time.Time{}, err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString("\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return time.Time{}, err
	}
	info, err := os.Stat(f.Name())
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// look reports whether the lease holds.
func (l *lease) look(now time.Time) bool {
	info, err := os.Stat(l.file)
	if errors.Is(err, os.ErrNotExist) {
		return false
	}
	if l.holds == 0 {
		return true
	}
	if err == nil && !info.ModTime().Equal(l.written) {
		l.written, l.until, l.doubted = info.ModTime(), now.Add(l.holds), false
	}
	return now.Before(l.until)
}

// while is a context that ends soon after a lease does. It waits until that is in no doubt.
func (l *lease) while(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(ctx)
	holds := func() bool {
		select {
		case <-ctx.Done():
		case <-time.After(leaseLooks):
		}
		return ctx.Err() == nil && l.look(time.Now())
	}
	there := l.look(time.Now())
	for there && l.doubted {
		there = holds()
	}
	if !there {
		end()
		return ctx, end
	}
	go func() {
		for holds() {
		}
		end()
	}()
	return ctx, end
}

// grantLease makes a lease in a folder, and writes to it again and again until it is
// ended, which takes it away.
func grantLease(dir string) (file string, end func(), err error) {
	f, err := os.CreateTemp(dir, ".while-")
	if err != nil {
		return "", nil, err
	}
	err = f.Chmod(0o644) // others may work for this user
	if err == nil {
		err = renewLease(f)
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
		return "", nil, err
	}
	tick, over := time.NewTicker(leaseRenew), make(chan struct{})
	var renews sync.WaitGroup
	renews.Go(func() {
		for {
			select {
			case <-tick.C:
				renewLease(f) // what fails now may not in ten seconds
			case <-over:
				return
			}
		}
	})
	return f.Name(), func() {
		tick.Stop()
		close(over)
		renews.Wait()
		f.Close()
		os.Remove(f.Name())
	}, nil
}

func renewLease(f *os.File) error {
	_, err := f.WriteAt([]byte(leaseHolds.String()+"\n"), 0)
	return errors.Join(err, f.Sync())
}
