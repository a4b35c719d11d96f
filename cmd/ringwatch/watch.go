package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/internal/plural"
	"github.com/ringwatch/ringwatch/live"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports/serve"
	"github.com/ringwatch/ringwatch/scenarios"
)

func (t *terminal) watch() *cli.Command {
	return t.command(&cli.Command{
		Name:      "watch",
		Usage:     "keep ratings as they arrive",
		ArgsUsage: "[SOURCE] --state DIR [--listen ADDRESS | --until-end --out DIR]",
		Description: `SOURCE is -, standard input, a file that grows, or a folder of such files, with
ratings a line: JSON lines, CSV or TSV; or a topic of Kafka or a stream of NATS JetStream,
whose messages are JSON, read by ringwatch-broker, which is installed by itself. What
arrives is kept in a journal, DIR/journal: it is on the disk within 20 milliseconds or
5,000 lines, and a kill or a power cut takes nothing of that away. Started again on the
same source, it goes on where it was; a standard input that begins as before is known
again, and one that does not goes on where the last ended. It ends with the source, or
with Ctrl-C.

With --until-end it ends at the end of what is there now, and then finds rings as
ringwatch detect --out DIR --item-scores does on the same source: the same files,
byte for byte, in whatever order the ratings arrived and however often it was killed.

With --case-every it finds rings anew in the background, in a process of its own, after
that time or an alert, where there are new ratings: each case is a folder in DIR/cases, and
goes on with the one before. ringwatch serve DIR shows the latest.

With --listen it answers programs: what an item and a rater are as of the last rating,
and, without a SOURCE, it takes ratings by POST /v1/ratings, which are on the disk
before they are acknowledged. Scores are those of --scorer; they move with every
rating, and are fitted anew in the background after 1 % more.

Who acts together is told of as soon as the evidence is there, on standard output, in
DIR/alerts.jsonl, by the API and to a webhook: each alert once, and none is withdrawn. The
chance of any false alert in 30 days is at most --alpha, however often one looks.

Examples
  tail -F votes.jsonl | ringwatch watch - --state state
  ringwatch watch votes.jsonl --state state
  ringwatch watch votes.jsonl --state state --until-end --out case
  ringwatch watch votes.jsonl --state state --case-every 1h
  ringwatch watch kafka://broker:9092/ratings --state state
  ringwatch watch nats://host:4222/RATINGS --state state
  ringwatch watch --state state --listen 127.0.0.1:8378
  curl --data-binary @more.jsonl http://127.0.0.1:8378/v1/ratings
  curl http://127.0.0.1:8378/v1/items/i7`,
		Flags:  append(reading(findingFlags()...), watchFlags()...),
		Action: t.runWatch,
	})
}

func watchFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "state", Usage: "keep the journal in the folder `DIR`"},
		&cli.StringFlag{Name: "listen", Usage: "answer programs at `ADDRESS`, as 127.0.0.1:8378"},
		&cli.StringFlag{Name: "auth-token-file",
			Usage: "`FILE` whose first line, of 16 characters or more, every program must send"},
		&cli.StringFlag{Name: "tls-cert", Usage: "answer over TLS, with the certificates in `FILE`"},
		&cli.StringFlag{Name: "tls-key", Usage: "`FILE` with the key of --tls-cert"},
		&cli.StringFlag{Name: "webhook", Usage: "send alerts to the address `URL`, " +
			"signed as standardwebhooks.com says, until they are taken"},
		&cli.StringFlag{Name: "webhook-secret-file",
			Usage: "`FILE` with the secret, whsec_ and base64, that they are signed with"},
		&cli.BoolFlag{Name: "webhook-private",
			Usage: "let the address be of this machine or a private network, and http", DisableDefaultText: true},
		&cli.Float64Flag{Name: "alpha", Value: .01,
			Usage: "alert so that the chance of any false alert in 30 days is at most `P`"},
		&cli.DurationFlag{Name: "lateness", Value: 10 * time.Second,
			Usage: "ratings may come so much later than others of a later `TIME`"},
		&cli.DurationFlag{Name: "case-every",
			Usage: "find rings anew in the background after `TIME`, or an alert, for ringwatch serve DIR (0: do not)"},
		&cli.StringFlag{Name: "case-url",
			Usage: "link alerts to the pages of the ringwatch serve at `URL`, which shows the state, " +
				"or a case of the same ratings"},
		&cli.StringFlag{Name: "memory", Value: "8GB",
			Usage: "let alerts, and each fit of scores, take at most `SIZE` of memory; " +
				"alerts let the oldest go, and say so"},
		&cli.StringFlag{Name: "broker-credentials",
			Usage: "`FILE` for the broker: a name, and a password on the next line; of NATS also a .creds file"},
		&cli.StringFlag{Name: "consumer", Value: "ringwatch",
			Usage: "the `NAME` under which the broker is told how far it was read; one for each state"},
		&cli.BoolFlag{Name: "until-end", Usage: "end where the source does, find rings, and write them to --out",
			DisableDefaultText: true},
	}
}

func (t *terminal) runWatch(c *cli.Context) (err error) {
	if err := checkWatch(c); err != nil {
		return err
	}
	t.lasts.Store(!c.Bool("until-end"))
	if c.Bool("until-end") { // what is in the way is told before the work
		if _, err := t.claimOut(c); err != nil {
			return err
		}
		t.letFoldersGo()
	}
	options, err := t.readOptions(c)
	if err != nil {
		return err
	}
	w := &watching{terminal: t, c: c, options: options}
	if w.secret, err = keys(c); err != nil {
		return err
	}
	if w.hook, err = webhook(c); err != nil {
		return err
	}
	if address := c.String("listen"); address != "" {
		if file := c.String("auth-token-file"); file != "" {
			if w.token, err = serve.ReadToken(file); err != nil {
				return fmt.Errorf("--auth-token-file: %w", err)
			}
		}
		if w.listener, err = serve.Listen(address, w.token); err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
		defer w.listener.Close()
	}
	if w.journal, err = live.Open(c.String("state")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.journal.Close()) }()
	t.goesOn(func() string { // where it is stopped before all that it does has ended, as a snapshot
		w.journal.Tidy()
		return "what was acknowledged is in " + filepath.Join(c.String("state"), "journal")
	})
	if n := int(w.journal.Torn()); n > 0 {
		t.note(fmt.Sprintf("the last %s of the journal %s being written when it was killed, and cut off: "+
			"nothing of that had been acknowledged",
			plural.Of(n, "byte"), plural.Was(n)))
	}
	if w.listener != nil {
		if w.state, err = newState(c, w.journal, options); err != nil {
			return err
		}
		if why := w.state.Count().Unsaved; why != "" {
			t.note("scores wait for a fit of the whole journal, as a snapshot cannot be used: " + why)
		}
	}
	if w.alerts, err = t.alerts(c, w.journal, options); err != nil {
		return err
	}
	if why := w.alerts.Count().Unsaved; why != "" {
		t.note("alerts look at the whole journal again, as a snapshot cannot be used: " + why)
	}
	if err := w.run(); err != nil {
		return err
	}
	if c.Bool("until-end") {
		return t.findIn(c, w.journal)
	}
	return nil
}

// newState is the state that answers programs, with the scorer that was asked for.
func newState(c *cli.Context, journal *live.Journal, options rating.ReadOptions) (*live.State, error) {
	name := c.String("scorer")
	scorer, err := scenarios.ParseScorer(name)
	switch {
	case err != nil:
		return nil, err
	case !slices.Contains(moving, scorer.Name()):
		return nil, fmt.Errorf("--scorer: scores of %s do not move with single ratings; with --listen it is one of %s",
			scorer.Name(), strings.Join(moving, ", "))
	}
	memory, err := liveMemory(c)
	if err != nil {
		return nil, err
	}
	if options.Repeats == "" {
		options.Repeats = "mean" // as readsAll
	}
	return live.NewState(journal, options, scorer, c.Uint64("seed"), memory), nil
}

// moving are the scorers that scoring.Follow knows.
var moving = []string{"bridging", "communitynotes-core", "mean", "median", "trust"}

// checkWatch refuses flags that do not go together.
func checkWatch(c *cli.Context) error {
	untilEnd, listens, every := c.Bool("until-end"), c.String("listen") != "", c.Duration("case-every")
	switch {
	case c.NArg() > 1:
		return errors.New("name one source: -, a file, a folder, or a broker's address")
	case c.NArg() == 0 && !listens && !untilEnd:
		return errors.New("name a source: -, a file, a folder, or a broker's address; " +
			"or an address to post ratings to, with --listen")
	case c.String("state") == "":
		return errors.New("--state: name the folder where the journal is kept")
	case untilEnd != (c.String("out") != ""):
		return errors.New("--until-end and --out go together: where it does not end, nothing is written there")
	case untilEnd && every != 0:
		return errors.New("--until-end and --case-every do not go together: at the end there is one case, in --out")
	case every != 0 && every < leastCase || every > mostCase:
		return fmt.Errorf("--case-every: %v is not between %v and %v", every, leastCase, mostCase)
	case untilEnd && listens:
		return errors.New("--until-end and --listen do not go together: who may post has no end")
	case !brokered(c.Args().First()) && (c.IsSet("broker-credentials") || c.IsSet("consumer")):
		return errors.New("--broker-credentials and --consumer are of a source such as kafka://host:9092/topic or " +
			"nats://host:4222/STREAM")
	}
	return nil
}

// alerts are those of a journal, printed as they come.
func (t *terminal) alerts(c *cli.Context, journal *live.Journal, options rating.ReadOptions) (*live.Alerts, error) {
	o := live.DefaultAlerts()
	o.Alpha, o.Lateness, o.Case = c.Float64("alpha"), c.Duration("lateness"), c.String("case-url")
	o.Pages = c.Duration("case-every") > 0
	o.Warn, o.Ending = t.note, func(ends bool) {
		if t.patience.Store(0); ends {
			t.patience.Store(int64(longPatience))
		}
	}
	var err error
	if o.Memory, err = liveMemory(c); err != nil {
		return nil, err
	}
	at, err := url.Parse(o.Case)
	switch {
	case o.Case != "" && (err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https"):
		return nil, fmt.Errorf("--case-url: %q is no address such as http://127.0.0.1:8377", o.Case)
	case !(o.Alpha > 0 && o.Alpha < 1):
		return nil, fmt.Errorf("--alpha: %g is no chance between 0 and 1", o.Alpha)
	case o.Lateness < 0 || o.Lateness > 24*time.Hour:
		return nil, fmt.Errorf("--lateness: %v is not between 0 and 24h", o.Lateness)
	}
	file := filepath.Join(c.String("state"), live.AlertsFile)
	return live.NewAlerts(journal, options, o, func(a live.Alert) {
		names := a.Raters[:min(len(a.Raters), 5)]
		more := ""
		if n := len(a.Raters) - len(names); n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(t.out, "%s  alert %s: %s%s. %s All of it is in %s.\n", a.Crossed.Format(time.RFC3339), a.ID,
			strings.Join(names, ", "), more, a.Says, file)
	})
}

// liveMemory is what alerts may take, and a fit.
func liveMemory(c *cli.Context) (int64, error) {
	n, err := parseSize("memory", c.String("memory"))
	if err == nil && n < leastMemory {
		err = fmt.Errorf("--memory: %s is too little to look for anything; give %s or more", inGB(n), inGB(leastMemory))
	}
	return n, err
}

const leastMemory = 64 << 20

// keys are those of TLS, nil where there are none.
func keys(c *cli.Context) (*tls.Config, error) {
	cert, key := c.String("tls-cert"), c.String("tls-key")
	switch {
	case cert == "" && key == "":
		return nil, nil
	case cert == "" || key == "":
		return nil, errors.New("--tls-cert and --tls-key go together")
	case c.String("listen") == "":
		return nil, errors.New("--tls-cert: there is no --listen to answer at")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// webhook is where alerts are sent, nil for nowhere.
func webhook(c *cli.Context) (*live.Webhook, error) {
	address, file := c.String("webhook"), c.String("webhook-secret-file")
	switch {
	case address == "" && file == "" && !c.Bool("webhook-private"):
		return nil, nil
	case address == "":
		return nil, errors.New("--webhook: name the address that alerts are sent to")
	case file == "":
		return nil, errors.New("--webhook-secret-file: name a file with the secret that alerts are signed with, " +
			"as of: echo whsec_$(head -c 32 /dev/urandom | base64)")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--webhook-secret-file: %w", err)
	}
	secret, err := live.ParseSecret(string(text))
	if err != nil {
		return nil, fmt.Errorf("--webhook-secret-file: %s: %w", file, err)
	}
	hook, err := live.NewWebhook(address, secret, c.Bool("webhook-private"))
	if err != nil {
		return nil, fmt.Errorf("--webhook: %w", err)
	}
	return hook, nil
}

// tellWatching says what alerts looked at, and what not.
func (t *terminal) tellWatching(a *live.Alerts) {
	all, _ := a.List("")
	w := a.Count()
	said := fmt.Sprintf("Alerts in the state: %d; ratings looked at: %d", len(all), w.Ratings)
	for _, x := range []struct {
		n   int
		why string
	}{
		{w.Late, "came later than --lateness allows, after ratings of a later time"},
		{w.Timeless, "without a time"},
		{w.Bad, "that cannot be read"},
		{w.Future, "with a time more than a day from now"},
		{w.Evicted, "let go, the oldest first, as they take more memory than --memory allows"},
	} {
		if x.n > 0 {
			said += fmt.Sprintf("; not looked at: %d %s", x.n, x.why)
		}
	}
	if w.Unread != "" {
		said += "; nothing can be read yet: " + w.Unread
	}
	fmt.Fprintln(t.out, said+".")
}
