package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// A lease in a folder holds what is told, and was written to so long ago.
func leaseOf(t *testing.T, text string, ago time.Duration) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "wanted")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dated(t, file, time.Now().Add(-ago))
	return file
}

func dated(t *testing.T, file string, at time.Time) {
	t.Helper()
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

// Work is done as long as a file is there; if it holds a time, only where it was written
// to within that time, as its own file system's clock tells. One that looks over is
// believed to be over when nobody writes to it for a while.
func TestLease(t *testing.T) {
	now := time.Unix(1e9, 0) // a clock here that has nothing to do with that of files
	for _, c := range []struct {
		holds    string
		ago      time.Duration
		doubted  bool
		until    time.Duration
		whenOver bool
	}{
		{"", 9 * time.Hour, false, 0, true},
		{"ratings,of,somebody\n", 9 * time.Hour, false, 0, true},
		{"-2m", 9 * time.Hour, false, 0, true},
		{"2m0s\n", 0, false, 2 * time.Minute, false},
		{"2m0s\n", time.Minute, false, 2 * time.Minute, false},
		{"2m0s\n", -9 * time.Hour, false, 2 * time.Minute, false}, // written there by a clock that is ahead
		{"2m0s\n", 9 * time.Hour, true, leaseWaits, false},
	} {
		file := leaseOf(t, c.holds, c.ago)
		l := readLease(file, now)
		if l.doubted != c.doubted {
			t.Errorf("%q of %s ago: doubted %t", c.holds, c.ago, l.doubted)
		}
		if !l.look(now) || !l.look(now.Add(c.until-1)) {
			t.Errorf("%q of %s ago: does not hold", c.holds, c.ago)
		}
		if l.look(now.Add(c.until+leaseRenew)) != c.whenOver {
			t.Errorf("%q of %s ago: holds when it is over: %t", c.holds, c.ago, !c.whenOver)
		}
		if l.holds > 0 {
			dated(t, file, time.Now().Add(-time.Hour)) // written to once more, by a clock that is behind
			later := now.Add(time.Hour)
			if !l.look(later) || l.doubted || !l.look(later.Add(l.holds-1)) || l.look(later.Add(l.holds)) {
				t.Errorf("%q of %s ago: does not hold on when it is written to", c.holds, c.ago)
			}
		}
		if left, _ := os.ReadDir(filepath.Dir(file)); len(left) != 1 {
			t.Errorf("left %v", left)
		}
		os.Remove(file)
		if l.look(now) {
			t.Errorf("%q of %s ago: holds when it is gone", c.holds, c.ago)
		}
	}
}

// Who works is stopped soon after the lease ends, and begins with nothing when it is over.
func TestWhile(t *testing.T) {
	for _, text := range []string{"", leaseHolds.String()} {
		file := leaseOf(t, text, 0)
		ctx, end := readLease(file, time.Now()).while(t.Context())
		defer end()
		if ctx.Err() != nil {
			t.Errorf("%q: it ends while the file is there", text)
		}
		os.Remove(file)
		select {
		case <-ctx.Done():
		case <-time.After(time.Minute):
			t.Errorf("%q: it does not end", text)
		}
	}
	file := leaseOf(t, "2m", time.Hour)
	over := readLease(file, time.Now().Add(-leaseWaits)) // looked at for long enough
	ctx, end := over.while(t.Context())
	defer end()
	if ctx.Err() == nil {
		t.Error("work begins for somebody who is gone")
	}
	doubted := readLease(file, time.Now())
	dated(t, file, time.Now()) // its owner lives
	ctx, end = doubted.while(t.Context())
	defer end()
	if ctx.Err() != nil || doubted.doubted {
		t.Error("work does not begin, or before it is known that somebody wants it")
	}
}

// A lease is written to again, never made again, and is gone at its end.
func TestGrantLease(t *testing.T) {
	dir := t.TempDir()
	file, end, err := grantLease(dir)
	if err != nil {
		t.Fatal(err)
	}
	if l := readLease(file, time.Now()); l.holds != leaseHolds || l.doubted {
		t.Errorf("a new lease is %+v", l)
	}
	old := time.Now().Add(-time.Hour)
	dated(t, file, old)
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(renewLease(f), f.Close()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.ModTime().Sub(old) < time.Hour/2 || holdsOf(file) != leaseHolds {
		t.Errorf("it is not written to: %v, %v", info, err)
	}
	end()
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// Who lives writes to its lease again and again, and one that nobody writes to is over.
func TestLeaseIsRenewed(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		file, end, err := grantLease(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		for range 3 {
			old := time.Unix(1e9, 0)
			dated(t, file, old)
			time.Sleep(leaseRenew)
			synctest.Wait()
			if info, err := os.Stat(file); err != nil || info.ModTime().Equal(old) {
				t.Fatalf("it was not written to: %v, %v", info, err)
			}
		}
	})
	file := leaseOf(t, "2m", time.Hour)
	synctest.Test(t, func(t *testing.T) {
		from := time.Now()
		ctx, end := readLease(file, from).while(t.Context())
		defer end()
		if took := time.Since(from); ctx.Err() == nil || took < leaseWaits {
			t.Errorf("a lease that was not written to for an hour is over (%v) after %s", ctx.Err(), took)
		}
	})
}
