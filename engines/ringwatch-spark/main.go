// Command ringwatch-spark does the blocks of a work folder on a Spark cluster.
//
// ringwatch detect --engine spark runs it: a plan is made where detect runs, Spark's
// executors run ringwatch task on shares of the blocks, each writes what it found to the
// folder, which all of them see, and detect joins that. Spark hands out the numbers of
// shares and nothing else: ratings and names never pass through it.
//
// It is a Spark Connect client and a module of its own, so that ringwatch itself needs
// nothing of Spark. It asks for SQL alone: TRANSFORM runs the script. A cluster that
// allows no scripts refuses that; spark_tasks.py does the same through PySpark.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var j job
	flag.StringVar(&j.remote, "remote", "sc://127.0.0.1:15002", "`ADDRESS` of the Spark Connect server")
	flag.StringVar(&j.work, "work", "", "work `FOLDER` that ringwatch plan made, at the same place on all executors")
	flag.StringVar(&j.program, "program", "", "`PATH` of ringwatch on all executors")
	flag.IntVar(&j.shares, "shares", 64, "cut the work into `N` shares")
	flag.StringVar(&j.wanted, "while", "", "scripts do no more once `FILE` is gone, as it is at the end; "+
		"default a new one in the work folder")
	flag.DurationVar(&j.wait, "connect", time.Minute, "give up where the server does not answer within `TIME`")
	flag.Parse()
	if err := j.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "ringwatch-spark:", err)
		if errors.As(err, new(interrupted)) {
			os.Exit(128 + int(syscall.SIGINT))
		}
		os.Exit(2)
	}
}

type job struct {
	remote, work, program string
	wanted                string // file that is there as long as somebody wants the work
	shares                int
	wait                  time.Duration
}

func (j job) run(ctx context.Context) error {
	switch {
	case j.work == "" || j.program == "":
		return errors.New("--work and --program are needed: which folder, and which ringwatch")
	case !filepath.IsAbs(j.work) || !filepath.IsAbs(j.program):
		return errors.New("--work and --program are paths from the root, as executors run elsewhere")
	case j.shares < 1:
		return fmt.Errorf("--shares: %d is less than 1", j.shares)
	}
	s, err := j.connect(ctx)
	if ctx.Err() != nil {
		return interrupted("no work had begun")
	}
	if err != nil {
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
	ended := make(chan error, 1)
	go func() { ended <- j.ask(s) }() // an operation that nobody waits for goes on
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		os.Remove(j.wanted)
		return s.interrupt()
	}
}

// ask has Spark do the work.
func (j job) ask(s *session) error {
	ctx := context.Background()
	frame, err := s.Sql(ctx, j.query())
	if err != nil {
		return refused(err)
	}
	rows, err := frame.Collect(ctx)
	if err != nil {
		return refused(err)
	}
	if len(rows) != j.shares {
		return fmt.Errorf("Spark ran %d shares of %d; run it again, what is done is passed over", len(rows), j.shares)
	}
	return nil
}

// connect waits for a server that answers: one that was just started takes a while.
func (j job) connect(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, j.wait)
	defer cancel()
	for {
		s, err := newSession(ctx, j.remote)
		if err == nil {
			if _, err = s.Sql(ctx, "SELECT 1"); err == nil {
				return s, nil
			}
			s.server.Close()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: no Spark Connect server answers there: %w", j.remote, err)
		case <-time.After(time.Second):
		}
	}
}

// perScript is how many shares one process does: each reads the work folder's columns
// once to compare them with their checksums, and what is lost with it is small.
const perScript = 4

// query runs ringwatch task where the executors are, on the numbers of shares, as long as
// a file is there.
func (j job) query() string {
	script := fmt.Sprintf("%s task %s --shares --of %d --while %s --quiet",
		shell(j.program), shell(j.work), j.shares, shell(j.wanted))
	const tabs = `ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'` // on both sides, or Spark appends to the last column
	return fmt.Sprintf(`SELECT TRANSFORM(i) %s USING '%s' AS (share, done, before) %s FROM (SELECT /*+ REPARTITION(%d) */ id i FROM range(%d))`,
		tabs, literal(script), tabs, (j.shares+perScript-1)/perScript, j.shares)
}

// shell quotes a word for the shell that runs a script.
func shell(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// literal is text within the quotes of a SQL string.
func literal(text string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) }

// refused says what to do where a script was not run.
func refused(err error) error {
	return fmt.Errorf("Spark did not run the script: %w\n"+
		"What is done stays done: mend what it says and run the same again. Where scripts are not allowed, "+
		"engines/spark_tasks.py does the same through PySpark", err)
}
