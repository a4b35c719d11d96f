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
		"or on a cluster that sees the folder: `NAME` is local, spark or beam", Value: "local"}
	remoteFlag = &cli.StringFlag{Name: "remote", Usage: "`ADDRESS` of the Spark Connect server",
		Value: "sc://127.0.0.1:15002"}
	beamFlag = &cli.StringSliceFlag{Name: "beam", Usage: "a flag of Beam's own, as runner=flink or " +
		"endpoint=HOST:8099: `FLAG=VALUE`; may be repeated; without any, Beam's Prism runs here"}
)

var engines = []string{"local", "spark", "beam"}

// checkEngine refuses flags of an engine that cannot go together.
func checkEngine(c *cli.Context) error {
	engine := c.String("engine")
	switch {
	case !slices.Contains(engines, engine):
		return fmt.Errorf("--engine: %q is none of %s", engine, strings.Join(engines, ", "))
	case engine != "local" && c.String("work") == "":
		return fmt.Errorf("--engine %s needs --work: a folder that all who work on it see at the same place", engine)
	case engine != "spark" && c.IsSet("remote"):
		return errors.New("--remote goes with --engine spark")
	case engine != "beam" && c.IsSet("beam"):
		return errors.New("--beam goes with --engine beam")
	}
	return nil
}

// onEngine does the blocks of a work folder on a cluster, by a client that is installed
// by itself. Those who work there run this very program, which is put into the folder for
// them: another build could round otherwise.
func (t *terminal) onEngine(c *cli.Context, f *fleet.Folder) error {
	missing, _ := f.Missing()
	if len(missing) == 0 {
		return nil
	}
	engine := c.String("engine")
	name, stage := "ringwatch-"+engine, "comparing raters on "+strings.ToUpper(engine[:1])+engine[1:]
	client, err := companion(name, "--engine "+engine)
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
	wanted, end, err := grantLease(work)
	if err != nil {
		return fmt.Errorf("--work: %w", err)
	}
	defer end()
	args := engineArgs(c, "--work", work, "--program", program, "--shares", strconv.Itoa(f.Blocks()), "--while", wanted)
	run := exec.CommandContext(c.Context, client, args...)
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	run.WaitDelay = engineEnds
	var said bytes.Buffer
	run.Stderr = &said
	done := make(chan error, 1)
	if err := run.Start(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	t.patience.Store(int64(engineEnds + time.Second))
	defer t.patience.Store(0)
	go func() { done <- run.Wait() }()
	for {
		select {
		case err := <-done:
			if c.Context.Err() != nil {
				t.staysOn(c.String("work"), reports.Shown(interrupted(name, said.String())))
				return c.Context.Err()
			}
			if err != nil {
				return errors.New(firstLines(name, said.String(), err))
			}
			return nil
		case <-time.After(2 * time.Second):
			missing = f.Left(missing)
			t.meter.report(stage, f.Blocks()-len(missing), f.Blocks())
		}
	}
}

// engineEnds is how long an engine's client may take to end what it began on a cluster.
const engineEnds = 10 * time.Second

// interrupted is what an engine's client tells of the cluster when it was interrupted.
func interrupted(name, said string) string {
	_, said, told := strings.Cut(said, name+": interrupted; ")
	if !told {
		return "what " + name + " began on the cluster may go on"
	}
	said, _, _ = strings.Cut(said, "\n")
	return said
}

// engineArgs are the arguments of an engine's client; what is ours comes last, and counts.
func engineArgs(c *cli.Context, ours ...string) []string {
	var args []string
	if c.String("engine") == "spark" {
		args = []string{"--remote", c.String("remote")}
	}
	for _, flag := range c.StringSlice("beam") {
		args = append(args, "--"+strings.TrimLeft(flag, "-"))
	}
	return append(args, ours...)
}

// firstLines is what a program said of its failure; traces of a server's own are left out.
func firstLines(name, said string, err error) string {
	var kept []string
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "at ") {
			kept = append(kept, reports.Shown(line))
		}
	}
	if len(kept) == 0 {
		return fmt.Sprintf("%s: %v", name, err)
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
