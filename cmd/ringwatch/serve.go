package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/reports/serve"
)

func (t *terminal) serve() *cli.Command {
	return t.command(&cli.Command{
		Name:      "serve",
		Usage:     "look at a case in a browser, and decide about its rings together",
		ArgsUsage: "DIR",
		Description: `DIR is a folder that detect or demo wrote, or a state of watch --case-every, whose
latest case is shown, the next as soon as it is there. The application runs on this machine
and answers this machine only, unless --listen says otherwise; then everybody
needs the token, and a proxy with TLS should stand in front. Decisions are kept
in DIR/triage.sqlite: each is on disk before it is acknowledged, and none is ever
taken away; of a state, they go on with each case that is found, by the members of
rings. It ends with Ctrl-C.

Examples
  ringwatch serve case
  ringwatch serve case --reveal-ids --item-url 'https://example.org/items/{id}'
  ringwatch serve state
  ringwatch serve case --listen 0.0.0.0:8377 --auth-token-file token`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "`ADDRESS` to answer at", Value: "127.0.0.1:8377"},
			&cli.StringFlag{Name: "auth-token-file",
				Usage: "`FILE` whose first line, of 16 characters or more, every visitor must know"},
			&cli.BoolFlag{Name: "reveal-ids", Usage: "show raters' identifiers, not pseudonyms",
				DisableDefaultText: true},
			&cli.BoolFlag{Name: "read-only", Usage: "only look, decide nothing; also where DIR cannot be written to",
				DisableDefaultText: true},
			&cli.BoolFlag{Name: "behind-proxy", Usage: "a proxy with TLS stands in front: cookies go over TLS only, " +
				"and X-Forwarded-For says who asks", DisableDefaultText: true},
			itemURLFlag, raterURLFlag,
		},
		Action: t.runServe,
	})
}

func (t *terminal) runServe(c *cli.Context) error {
	if c.NArg() != 1 {
		return errors.New("name one folder that ringwatch detect --out wrote")
	}
	if err := checkURLs(c); err != nil {
		return err
	}
	t.lasts.Store(true)
	o := serve.Options{RevealIDs: c.Bool("reveal-ids"), ItemURL: c.String("item-url"), RaterURL: c.String("rater-url"),
		ReadOnly: c.Bool("read-only"), BehindProxy: c.Bool("behind-proxy"), Log: t.note}
	if file := c.String("auth-token-file"); file != "" {
		var err error
		if o.Token, err = serve.ReadToken(file); err != nil {
			return fmt.Errorf("--auth-token-file: %w", err)
		}
	}
	l, err := serve.Listen(c.String("listen"), o.Token)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer l.Close()
	dir := c.Args().First()
	var app interface {
		Serve(ctx context.Context, l net.Listener) error
		ReadOnly() bool
		Close() error
	}
	if serve.IsState(dir) {
		app, err = serve.OpenLive(dir, o)
	} else {
		app, err = serve.Open(dir, o)
	}
	if err != nil {
		return err
	}
	if app.ReadOnly() && !o.ReadOnly {
		t.note(dir + " cannot be written to, so nothing can be decided")
	}
	fmt.Fprintf(t.out, "Open http://%s in a browser. Ctrl-C ends it.\n", l.Addr())
	return errors.Join(app.Serve(c.Context, l), app.Close())
}
