// Ringwatch finds, simulates and withstands coordinated manipulation of
// ratings. Run ringwatch help to begin.
//
// It exits with 0 when all went well, 1 where a gate fails or a replay differs, 3
// where a gate cannot tell, 2 for wrong usage, input that cannot be
// read, output that cannot be written or more memory than it may take, and 130 when
// it was interrupted before its work was done. What has no end of its own, serve and
// watch, exits with 0 then.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/internal/workers"
)

const version = "0.1.0"

const (
	exitBad         = 2
	exitInterrupted = 128 + int(syscall.SIGINT)
)

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	context.AfterFunc(ctx, func() {
		time.Sleep(patience / 2) // some send a signal twice, to the program and to its group
		stop()                   // a second Ctrl-C ends it at once
	})
	if cores := runtime.NumCPU(); runtime.GOMAXPROCS(0) > cores {
		runtime.GOMAXPROCS(cores) // an environment may ask for any number of threads
	}
	os.Exit(run(ctx, os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// patience is how long what is interrupted may take to end by itself. Not all of
// it can know: who opens a pipe that nobody writes to waits in the system.
const patience = 500 * time.Millisecond

// longPatience is the same where a command writes what would have to be made again at its next start.
const longPatience = 9 * time.Second // a container gets ten

// run is the whole program.
func run(ctx context.Context, args []string, in io.Reader, out, err io.Writer) int {
	return runWithin(ctx, patience, args, in, out, err)
}

// runWithin is run with another patience.
func runWithin(ctx context.Context, patience time.Duration, args []string, in io.Reader, out, err io.Writer) int {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	t := newTerminal(in, out, err)
	t.end = end
	ended := make(chan int, 1)
	go func() { ended <- t.run(ctx, t.app(), args) }()
	select {
	case code := <-ended:
		return code
	case <-ctx.Done():
	}
	for waited := time.Duration(0); waited < max(patience, time.Duration(t.patience.Load())); waited += patience {
		select {
		case code := <-ended:
			return code
		case <-time.After(patience):
		}
	}
	return t.stopped(ctx, nil, t.release())
}

// stopped tells why a command ended before it was done, and returns its exit code.
func (t *terminal) stopped(ctx context.Context, failed error, written []string) int {
	var much tooMuchMemory
	interrupted := errors.New("interrupted")
	switch {
	case errors.As(context.Cause(ctx), &much):
		t.fail(t.stoppedBy(much, failed, written))
		return exitBad
	case !t.lasts.Load():
		t.fail(t.stoppedBy(interrupted, failed, written))
		return exitInterrupted
	case failed != nil && !errors.Is(failed, ctx.Err()):
		t.fail(failed)
		return exitBad
	case t.unfinished() != "":
		t.note(t.stoppedBy(interrupted, failed, written).Error())
	}
	return 0
}

// stoppedBy is the error of a command that was stopped: it says what is there.
func (t *terminal) stoppedBy(stopped, failed error, written []string) error {
	var k kept
	if errors.As(failed, &k) {
		return kept{stopped, k.what}
	}
	if what := t.unfinished(); what != "" {
		return kept{stopped, what}
	}
	if len(written) > 0 {
		slices.Sort(written)
		return kept{stopped, strings.Join(written, ", ") + " had been written"}
	}
	return kept{stopped, "nothing was written"}
}

// run runs a command of an app. A panic in it, in whatever goroutine, is a line.
func (t *terminal) run(ctx context.Context, app *cli.App, args []string) (code int) {
	debug.SetPanicOnFault(true) // of a file that is cut while it is mapped
	defer func() {
		if cause := recover(); cause != nil {
			t.release()
			t.fail(told(workers.Caught(cause)))
			code = exitBad
		}
	}()
	args, failed := arrange(args, app.Commands)
	if failed == nil {
		failed = app.RunContext(ctx, args)
	}
	written := t.release()
	t.meter.stop()
	t.sayShown(t.shown)
	// Not errors.As: a program that a scorer runs has an exit code too.
	exit, given := failed.(cli.ExitCoder)
	switch {
	case failed == nil && !(t.lasts.Load() && errors.As(context.Cause(ctx), new(tooMuchMemory))):
		return 0
	case ctx.Err() != nil:
		return t.stopped(ctx, failed, written)
	case given:
		if failed.Error() != "" {
			t.fail(failed)
		}
		return exit.ExitCode()
	}
	t.fail(t.forRoom(failed))
	return exitBad
}

// forRoom is the error of a command: where a disk was full, it says what goes on once it is not.
func (t *terminal) forRoom(failed error) error {
	what := t.unfinished()
	for _, full := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if what != "" && errors.Is(failed, full) {
			return fmt.Errorf("%w; make room: %s", failed, what)
		}
	}
	return failed
}

func (t *terminal) app() *cli.App {
	return &cli.App{
		Name: "ringwatch", Version: version,
		Usage:                 "finds, simulates and withstands coordinated manipulation of ratings",
		CustomAppHelpTemplate: appHelp,
		Writer:                t.out, ErrWriter: t.err, Reader: t.in,
		HideVersion:               true,
		DisableSliceFlagSeparator: true, // values of --set and options of a scorer have commas
		ExitErrHandler:            func(*cli.Context, error) {},
		Action: func(c *cli.Context) error {
			if err := cli.ShowAppHelp(c); err != nil {
				return err
			}
			return cli.Exit("", exitBad)
		},
		Commands: []*cli.Command{
			t.demo(),
			t.detect(),
			t.explainRater(),
			t.score(),
			t.simulate(),
			t.scenario(),
			t.sweep(),
			t.gate(),
			t.breakpoint(),
			t.redteam(),
			t.evaluate(),
			t.sealed(),
			t.replay(),
			t.report(),
			t.serve(),
			t.watch(),
			t.export(),
			t.inspect(),
			t.convert(),
			t.plan(),
			t.task(),
			t.join(),
			t.list(),
			t.version(),
		},
	}
}

// command completes a subcommand: what its help says, and the flags that all
// have.
func (t *terminal) command(c *cli.Command) *cli.Command {
	c.Flags = append(c.Flags,
		&cli.IntFlag{Name: "threads", Usage: "use at most `N` cores; results do not depend on it", DefaultText: "all"},
		&cli.StringFlag{Name: "max-memory", Usage: "end where more than `SIZE` of memory is taken, as 8GB (default: " +
			"most of what is free)"},
		&cli.BoolFlag{Name: "quiet", Usage: "show no progress", DisableDefaultText: true},
		&cli.StringFlag{Name: "progress", Usage: "show progress as a `bar`, on a terminal, " +
			"or as lines of json on standard error"},
		&cli.BoolFlag{Name: "no-color", Usage: "no colours, as with NO_COLOR set", DisableDefaultText: true},
		&cli.StringFlag{Name: "log-format", Usage: "write errors as text or json: `FORMAT`", Value: "text"},
	)
	c.HideHelpCommand = true
	c.CustomHelpTemplate = commandHelp
	c.Before = t.set
	c.OnUsageError = func(_ *cli.Context, err error, _ bool) error { return err }
	return c
}

// told says what was panicked with.
func told(p *workers.Panic) error {
	if p.Fault() {
		return errors.New("a file was cut or could not be read any more while it was in use; put it back, " +
			"or remove the work folder, and run the same again")
	}
	return fmt.Errorf("this should not have happened: %v; please report it with the command that you ran", p)
}
