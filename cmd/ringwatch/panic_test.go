package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/ringwatch/ringwatch/detect"
	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/scoring"
	"github.com/urfave/cli/v2"
)

// faulty is a detector, a scorer and a stream to read with a fault.
type faulty struct{}

func (faulty) Name() string { return "faulty" }

// Detect proposes a rater that does not exist, over whom a worker stumbles.
func (faulty) Detect(ctx context.Context, p *detect.Pass) error {
	return p.Propose(ctx, detect.ByActs{{-1, 0, 1}})
}

func (faulty) Doc() detect.Doc { return detect.Doc{Summary: "a fault"} }

func (faulty) Read([]byte) (int, error) { panic("the stream is at fault") }

// A panic anywhere is one line that asks for a report, and exit code 2.
func TestPanicIsALine(t *testing.T) {
	made := func(raters ...int32) *rating.Table {
		t := &rating.Table{Raters: rating.Numbered("r", 3), Items: rating.Numbered("i", 2), Scale: rating.Scale{Max: 1}}
		for _, u := range raters {
			t.Append(u, 0, 1, rating.NoTime)
			t.Append(u, 1, 0, rating.NoTime)
		}
		return t
	}
	ways := map[string]cli.ActionFunc{
		"a detector": func(c *cli.Context) error {
			_, err := detect.Run(c.Context, detect.Input{Ratings: made(0, 1, 2)}, []detect.Detector{faulty{}})
			return err
		},
		"a scorer": func(c *cli.Context) error {
			// whom a worker knows nothing of
			_, err := scoring.NewBridging().Score(c.Context, scoring.Input{Ratings: made(0, 1, 1<<20)})
			return err
		},
		"a reader": func(c *cli.Context) error {
			_, _, err := rating.Read(c.Context, []string{"-"}, rating.ReadOptions{Stdin: faulty{}})
			return err
		},
		"a worker": func(c *cli.Context) error {
			var crew workers.Crew
			crew.Go(func() { panic("it is at fault") })
			crew.Wait()
			return nil
		},
	}
	for name, way := range ways {
		var out, said bytes.Buffer
		term := newTerminal(strings.NewReader(""), &out, &said)
		app := term.app()
		app.Commands = append(app.Commands, &cli.Command{Name: "faulty", Action: way})
		code := term.run(t.Context(), app, []string{"ringwatch", "faulty"})
		line := said.String()
		t.Logf("%s: %s", name, line)
		if code != exitBad || strings.Count(line, "\n") != 1 || out.Len() > 0 ||
			!strings.HasPrefix(line, "ringwatch: this should not have happened: ") ||
			!strings.Contains(line, "please report it") {
			t.Errorf("%s: exit code %d, and it says\n%s", name, code, line)
		}
	}
}
