package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/internal/workers"
	"github.com/ringwatch/ringwatch/live"
	"github.com/ringwatch/ringwatch/rating"
)

// watching is what runs at once while ratings arrive.
type watching struct {
	*terminal
	c        *cli.Context
	options  rating.ReadOptions
	journal  *live.Journal
	state    *live.State // nil where nobody asks
	alerts   *live.Alerts
	listener net.Listener // nil where nobody asks
	token    string
	secret   *tls.Config
	hook     *live.Webhook

	ctx      context.Context
	end      context.CancelCauseFunc
	work     workers.Crew // a fault in one of them ends them all, and is told as any other
	recorder *live.Recorder
	feed     *live.Feed             // nil where no broker is read
	failed   atomic.Pointer[string] // why the last case was not found, nil where it was
}

// run records the source to its end, or until the command is stopped, and answers meanwhile.
func (w *watching) run() error {
	w.ctx, w.end = context.WithCancelCause(w.c.Context)
	defer w.work.Wait()
	defer w.end(nil)
	heard := func([]live.Said) { w.alerts.Heard() }
	if w.state != nil {
		heard = func(all []live.Said) {
			w.state.Heard(all)
			w.alerts.Heard()
		}
		w.work.Go(func() {
			defer w.end(nil)
			w.state.Run(w.ctx)
		})
	}
	w.recorder = live.NewRecorder(w.ctx, w.journal, w.disk, heard)
	w.work.Go(w.recorder.Wait)
	looked := w.look()
	if w.hook != nil {
		w.sendAlerts()
	}
	if every := w.c.Duration("case-every"); every > 0 {
		w.work.Go(func() { w.findCases(every) })
	}
	source := w.c.Args().First()
	var door *live.Door
	if source == "" || brokered(source) {
		var err error
		if door, err = live.NewDoor(w.journal, w.options); err != nil {
			return err
		}
	}
	if brokered(source) {
		w.feed = &live.Feed{Recorder: w.recorder, Door: door, Note: w.note}
	}
	if w.listener != nil {
		w.answer(door)
	}
	err := w.follow(source)
	if err == nil && w.listener != nil { // it answers on, though nothing comes any more
		<-w.ctx.Done()
	} else if err == nil && w.ctx.Err() == nil {
		w.alerts.Finish()
		<-looked
		w.tellWatching(w.alerts)
	}
	if w.c.Context.Err() != nil && !w.c.Bool("until-end") { // that is how it ends
		return nil
	}
	if cause := context.Cause(w.ctx); cause != nil && w.c.Context.Err() == nil {
		return cause
	}
	return err
}

// follow records a source.
func (w *watching) follow(source string) error {
	switch {
	case source == "":
		return nil
	case source == "-":
		return w.recorder.Follow(w.ctx, source, w.in, true)
	case brokered(source):
		return w.readBroker(source)
	}
	return w.recorder.FollowFiles(w.ctx, source, w.c.Bool("until-end"))
}

// disk tells when the journal cannot be written to, and when it can again.
func (w *watching) disk(err error) {
	if err != nil {
		w.note(fmt.Sprintf("the journal cannot be written to, so nothing is acknowledged: %v", err))
	} else {
		w.note("the journal can be written to again")
	}
}

// look looks for alerts; it closes what it returns once it has looked at all.
func (w *watching) look() <-chan struct{} {
	looked := make(chan struct{})
	w.work.Go(func() {
		fault := true
		defer func() {
			if fault {
				w.end(nil)
			}
			close(looked)
		}()
		if err := w.alerts.Run(w.ctx, w.recorder); err != nil {
			w.end(err)
		}
		fault = false
	})
	return looked
}

func (w *watching) sendAlerts() {
	w.hook.Trouble = func(err error) {
		if err != nil {
			w.note(fmt.Sprintf("an alert is sent again and again until it is taken: %v", err))
		} else {
			w.note("alerts are taken again")
		}
	}
	w.work.Go(func() {
		if err := w.hook.Run(w.ctx, w.alerts, w.recorder); err != nil {
			w.end(err)
		}
	})
}

// answer answers programs. door is the one through which ratings are posted, or come from a broker.
func (w *watching) answer(door *live.Door) {
	api := &live.API{State: w.state, Alerts: w.alerts, Recorder: w.recorder, Journal: w.journal, Token: w.token,
		Secret: w.secret, Feed: w.feed}
	if w.feed == nil {
		api.Door = door
	}
	if w.c.Duration("case-every") > 0 {
		api.CaseFailed = func() string {
			if why := w.failed.Load(); why != nil {
				return *why
			}
			return ""
		}
	}
	scheme := "http"
	if w.secret != nil {
		scheme = "https"
	}
	fmt.Fprintf(w.out, "It answers at %s://%s/v1/; /v1/openapi.json says what. Ctrl-C ends it.\n", scheme,
		w.listener.Addr())
	w.work.Go(func() {
		defer w.end(nil)
		if err := api.Serve(w.ctx, w.listener); err != nil {
			w.end(err)
		}
	})
}
