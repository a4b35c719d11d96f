// Command ringwatch-beam does the blocks of a work folder by Apache Beam.
//
// ringwatch detect --engine beam runs it: a plan is made where detect runs, Beam's workers
// run ringwatch task on shares of the blocks, each writes what it found to the folder,
// which all of them see, and detect joins that. Elements are the numbers of shares:
// ratings and names never pass through Beam.
//
// Flags of Beam's own say where: without any, Prism, which is part of this program, runs
// here. With --endpoint, of a job server, the workers of a cluster such as Flink's start
// this very program from the work folder, so that they need neither a container nor
// Beam's boot program. A module of its own, since Beam needs 300 others.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	beamlog "github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/util/grpcx"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "ringwatch-beam:", err)
		if errors.As(err, new(interrupted)) {
			os.Exit(exitInterrupted)
		}
		os.Exit(exitBad)
	}
}

const (
	exitBad         = 2
	exitInterrupted = 128 + int(syscall.SIGINT)
)

// run is the whole program. Beam keeps its flags, and what it runs, in globals.
func run(ctx context.Context) error {
	var j job
	flag.StringVar(&j.work, "work", "", "work `FOLDER` of ringwatch plan, at the same place on all workers")
	flag.StringVar(&j.program, "program", "", "`PATH` of ringwatch on all workers")
	flag.IntVar(&j.shares, "shares", 64, "cut the work into `N` shares")
	flag.StringVar(&j.wanted, "while", "", "workers do no more once `FILE` is gone, as it is at the end; "+
		"default a new one in the work folder")
	flag.DurationVar(&j.wait, "connect", time.Minute, "give up where no job server answers within `TIME`")
	verbose := flag.Bool("verbose", false, "show what Beam says of its work")
	var w worker
	flag.StringVar(&w.provision, "provision_endpoint", "", "for Beam: `ADDRESS` of what provisions a worker")
	flag.String("artifact_endpoint", "", "for Beam: `ADDRESS` of its files, of which a worker needs none")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("%q is no flag; Beam's are written as --runner flink", flag.Arg(0))
	}

	register.DoFn2x1[context.Context, int, error](&task{})
	beam.Init() // does not return where Beam's own boot program started a worker
	if w.provision != "" {
		return w.run(ctx)
	}
	// Beam leaves files behind.
	scratch, err := os.MkdirTemp("", "ringwatch-beam-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	os.Setenv("TMPDIR", scratch)
	if !*verbose {
		beamlog.SetLogger(fatal{scratch})
		slog.SetDefault(slog.New(slog.DiscardHandler)) // Prism's
	}
	return j.run(ctx, scratch)
}

// fatal tells of what Beam logs only what Beam would end the program with, and ends it.
type fatal struct{ scratch string }

func (f fatal) Log(_ context.Context, severity beamlog.Severity, _ int, text string) {
	if severity == beamlog.SevFatal {
		fmt.Fprintln(os.Stderr, "ringwatch-beam: Beam:", text)
		os.RemoveAll(f.scratch)
		os.Exit(exitBad)
	}
}

type job struct {
	work, program string
	wanted        string // file that is there as long as somebody wants the work
	shares        int
	wait          time.Duration
}

func (j job) run(ctx context.Context, scratch string) error {
	switch {
	case j.work == "" || j.program == "":
		return errors.New("--work and --program are needed: which folder, and which ringwatch")
	case !filepath.IsAbs(j.work) || !filepath.IsAbs(j.program):
		return errors.New("--work and --program are paths from the root, as workers run elsewhere")
	case j.shares < 1:
		return fmt.Errorf("--shares: %d is less than 1", j.shares)
	}
	if err := j.workers(ctx, scratch); ctx.Err() != nil {
		return interrupted("no job had begun")
	} else if err != nil {
		return err
	}
	if j.wanted == "" {
		f, err := os.CreateTemp(j.work, ".while-")
		if err == nil {
			j.wanted, err = f.Name(), f.Close()
		}
		if err != nil {
			return fmt.Errorf("--work: %w", err)
		}
	}
	defer os.Remove(j.wanted)
	var s submission
	grpcx.Dial = s.dial
	work, stop := context.WithCancel(context.WithoutCancel(ctx)) // a job that nobody waits for goes on
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				ended <- fmt.Errorf("%v", cause)
			}
		}()
		ended <- beamx.Run(work, j.pipeline())
	}()
	select {
	case err := <-ended:
		if err != nil {
			return said(err)
		}
		return nil
	case <-ctx.Done():
	}
	os.Remove(j.wanted)
	stopped := interrupted(s.cancel(work))
	stop()
	select { // workers of Prism's are here
	case <-ended:
	case <-time.After(cancelWithin):
	}
	return stopped
}

// interrupted is the error of whoever was interrupted: what the cluster does.
type interrupted string

func (i interrupted) Error() string { return "interrupted; " + string(i) }

// pipeline has the first number of each worker's shares as its elements.
func (j job) pipeline() *beam.Pipeline {
	var firsts []int
	for first := 0; first < j.shares; first += perProcess {
		firsts = append(firsts, first)
	}
	p, s := beam.NewPipelineWithRoot()
	spread := beam.Reshuffle(s, beam.CreateList(s, firsts))
	beam.ParDo0(s, &task{Program: j.program, Work: j.work, While: j.wanted, Of: j.shares}, spread)
	return p
}
