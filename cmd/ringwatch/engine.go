package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/fleet"
	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
)

var (
	engineFlag = &cli.StringFlag{Name: "engine", Usage: "search the work folder's blocks here, " +
		"or on a cluster that sees the folder: `NAME` is local or spark", Value: "local"}
	remoteFlag = &cli.StringFlag{Name: "remote", Usage: "`ADDRESS` of the Spark Connect server",
		Value: "sc://127.0.0.1:15002"}
)

var engines = []string{"local", "spark"}

// checkEngine refuses flags of an engine that cannot go together.
func checkEngine(c *cli.Context) error {
	engine := c.String("engine")
	switch {
	case !slices.Contains(engines, engine):
		return fmt.Errorf("--engine: %q is none of %s", engine, strings.Join(engines, ", "))
	case engine == "spark" && c.String("work") == "":
		return errors.New("--engine spark needs --work: a folder that all executors see at the same place")
	case engine != "spark" && c.IsSet("remote"):
		return errors.New("--remote goes with --engine spark")
	}
	return nil
}

// sparkProgram is the client of Spark, which is installed by itself.
const sparkProgram = "ringwatch-spark"

// onSpark does the blocks of a work folder on a cluster. Its executors run this very
// program, which is put into the folder for them: another build could round otherwise.
func (t *terminal) onSpark(c *cli.Context, f *fleet.Folder) error {
	missing, _ := f.Missing()
	if len(missing) == 0 {
		return nil
	}
	client, err := companion(sparkProgram, "--engine spark")
	if err != nil {
		return err
	}
	work, err := filepath.Abs(c.String("work"))
	if err != nil {
		return err
	}
	program, err := handOut(c.Context, work)
	if err != nil {
		return fmt.Errorf("--work: %w", err)
	}
	run := exec.CommandContext(c.Context, client, "--remote", c.String("remote"), "--work", work, "--program", program,
		"--shares", strconv.Itoa(f.Blocks()))
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	run.Stderr = &said
	done := make(chan error, 1)
	if err := run.Start(); err != nil {
		return fmt.Errorf("%s: %w", sparkProgram, err)
	}
	go func() { done <- run.Wait() }()
	for {
		select {
		case err := <-done:
			if c.Context.Err() != nil {
				return c.Context.Err()
			}
			if err != nil {
				return errors.New(firstLines(said.String(), err))
			}
			return nil
		case <-time.After(2 * time.Second):
			missing, _ := f.Missing()
			t.meter.report("comparing raters on Spark", f.Blocks()-len(missing), f.Blocks())
		}
	}
}

// firstLines is what a program said of its failure; traces of a server's own are left out.
func firstLines(said string, err error) string {
	var kept []string
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "at ") {
			kept = append(kept, reports.Shown(line))
		}
	}
	if len(kept) == 0 {
		return fmt.Sprintf("%s: %v", sparkProgram, err)
	}
	const most = 4
	if n := len(kept); n > most { // what to do comes last
		kept = append(kept[:most-1:most-1], kept[n-1])
	}
	return strings.Join(kept, "\n")
}

// companion finds a program in the folder of this one, or on the path.
func companion(name, why string) (string, error) {
	if own, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(own), name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s needs %s, which is installed by itself: "+
			"go install github.com/ringwatch/ringwatch/engines/%s@latest", why, name, name)
	}
	return path, nil
}

// handOut puts this program into a folder that others see.
func handOut(ctx context.Context, dir string) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	from, err := os.Open(own)
	if err != nil {
		return "", err
	}
	defer from.Close()
	path := filepath.Join(dir, "ringwatch")
	f, err := output.ClaimFile(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := f.Write(ctx, func(w io.Writer) error { _, err := io.Copy(w, from); return err }); err != nil {
		return "", err
	}
	return path, os.Chmod(path, 0o755)
}
