package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/urfave/cli/v2"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/ringwatch/ringwatch/output"
	"github.com/ringwatch/ringwatch/reports"
)

// A terminal is where a command reads from, writes to, and tells how far it is.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	json     bool // errors are JSON lines
	color    bool
	width    int      // columns
	shown    *visible // what out is, on a screen
	meter    *meter
	end      context.CancelCauseFunc // ends the command
	lasts    atomic.Bool             // the command has no end of its own: a signal is its end
	patience atomic.Int64            // nanoseconds that it needs to end what it began

	outputs sync.Mutex // guards what follows
	files   map[string]*output.File
	folders []*output.Folder
	places  []*output.Place // temporary ones
	partial func() string   // tells what stays of a command that is stopped before its end
}

func newTerminal(in io.Reader, out, err io.Writer) *terminal {
	t := &terminal{in: in, out: out, err: err, meter: &meter{}, files: map[string]*output.File{}}
	if columns, ok := screen(out); ok {
		t.color, t.width = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", columns
		t.shown = &visible{w: out}
		t.out = t.shown
	}
	return t
}

// screen tells how many columns a screen has.
func screen(w io.Writer) (columns int, ok bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	return columns, err == nil
}

// set obeys the flags that all commands have. The first thing that a run does is to
// take away what others left when they were killed: a scorer's ratings, for one.
func (t *terminal) set(c *cli.Context) error {
	output.Tidy()
	switch format := c.String("log-format"); format {
	case "json":
		t.json = true
	case "text":
	default:
		return fmt.Errorf("--log-format: %q is neither text nor json", format)
	}
	if n := c.Int("threads"); n > 0 {
		runtime.GOMAXPROCS(min(n, runtime.NumCPU()))
	}
	most := spareMemoryOf()
	if told := c.String("max-memory"); told != "" {
		var err error
		if most, err = parseSize("max-memory", told); err != nil {
			return err
		}
	}
	if most > 0 && t.end != nil {
		go watchMemory(c.Context, most, t.end)
	}
	t.color = t.color && !c.Bool("no-color")
	switch how := c.String("progress"); {
	case c.Bool("quiet"):
	case how == "json":
		t.meter.lines = json.NewEncoder(t.err)
	case how != "" && how != "bar":
		return fmt.Errorf("--progress: %q is neither bar nor json", how)
	default:
		if _, ok := screen(t.err); ok && !t.json {
			t.meter.w = t.err
		}
	}
	return nil
}

// fail tells of an error in one line.
func (t *terminal) fail(err error) {
	t.meter.stop()
	t.say(slog.LevelError, err.Error())
}

// note tells of something that is no error, in one line, beside the results.
func (t *terminal) note(text string) { t.say(slog.LevelInfo, text) }

func (t *terminal) say(level slog.Level, text string) {
	if t.json {
		slog.New(slog.NewJSONHandler(t.err, nil)).Log(context.Background(), level, text)
		return
	}
	fmt.Fprintf(t.err, "ringwatch: %s\n", reports.Plain(strings.ReplaceAll(text, "\n", " ")))
}

// sayShown says that what is on a screen is not the data as it is.
func (t *terminal) sayShown(on *visible) {
	if on != nil && on.changed {
		t.note(`what does not print is shown as \u{1b} on a terminal; a file or a pipe gets it as it is`)
	}
}

// tell prints lines for people; any name may be in them.
func (t *terminal) tell(format string, args ...any) error {
	_, err := io.WriteString(t.out, reports.Plain(fmt.Sprintf(format, args...)))
	return err
}

// text is how text for people is written; what is not asked for with it has no style.
func (t *terminal) text() reports.TextOptions {
	if t.shown != nil {
		t.shown.bold = t.color
	}
	return reports.TextOptions{Color: t.color, Width: t.width}
}

// A meter shows how far the work is, in one line that vanishes at the end. The
// zero meter shows nothing.
type meter struct {
	w     io.Writer
	lines *json.Encoder // for programs: a line of JSON now and then, instead of the bar
	mu    sync.Mutex

	container *mpb.Progress
	bar       *mpb.Bar
	stage     string
	begun     time.Time
	done      int
	total     int
}

// report is told of progress, from any goroutine.
func (m *meter) report(stage string, done, total int) {
	if m.lines != nil {
		m.line(stage, done, total)
		return
	}
	if m.w == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.container == nil {
		m.container = mpb.New(mpb.WithOutput(m.w), mpb.WithWidth(30))
		m.bar = m.container.AddBar(0, mpb.BarFillerTrim(),
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return m.name() })),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return m.left() })))
	}
	if stage != m.stage {
		m.stage, m.begun = stage, time.Now()
	}
	m.done, m.total = done, total
	m.bar.SetTotal(int64(total), false)
	m.bar.SetCurrent(int64(min(done, max(total-1, 0)))) // a full bar would be over
}

// line tells of progress in a line, ten times a second at most, and of the
// beginning and the end of each stage.
func (m *meter) line(stage string, done, total int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if stage == m.stage && done < total && now.Sub(m.begun) < 100*time.Millisecond {
		return
	}
	m.stage, m.begun = stage, now
	m.lines.Encode(struct { // who does not listen does not matter
		Stage string `json:"progress"`
		Done  int    `json:"done"`
		Total int    `json:"total"`
	}{stage, done, total})
}

func (m *meter) name() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return fmt.Sprintf("%-32s ", m.stage)
}

// left is the share that is done and, in long work, the time that is left.
func (m *meter) left() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.total == 0 {
		return ""
	}
	share := float64(m.done) / float64(m.total)
	s := fmt.Sprintf(" %3.0f %%", 100*share)
	if past := time.Since(m.begun); past > 5*time.Second && share > .02 {
		s += ", " + time.Duration(float64(past)*(1/share-1)).Round(time.Second).String() + " left"
	}
	return s
}

// stop takes the line away.
func (m *meter) stop() {
	m.mu.Lock()
	container, bar := m.container, m.bar
	m.container, m.bar, m.w = nil, nil, nil
	m.mu.Unlock()
	if container != nil {
		bar.Abort(true)
		container.Wait()
	}
}
