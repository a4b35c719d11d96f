package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
)

// embedPrism starts Beam's own runner within this program, as runner prism would, but
// where nobody else reaches it: Prism listens on all addresses and cannot be told not to.
func embedPrism(ctx context.Context) error {
	guard := &listening{Handler: slog.Default().Handler(), err: errors.New("it does not tell where it listens")}
	if runtime.GOOS != "linux" { // nowhere else does a socket that listens move
		return open(fmt.Errorf("%s lets no socket that listens move", runtime.GOOS))
	}
	slog.SetDefault(slog.New(guard))
	if _, err := prism.CreateJobServer(ctx, prism.Options{}); err != nil {
		return fmt.Errorf("Prism did not start: %w", err)
	}
	if guard.err != nil {
		return open(guard.err)
	}
	*jobopts.Endpoint = guard.endpoint
	if *jobopts.EnvironmentType == "" {
		*jobopts.EnvironmentType = "loopback"
	}
	return nil
}

// open refuses Prism where it would be open to the network.
func open(why error) error {
	return fmt.Errorf("Prism, Beam's runner within this program, would be open to the network: %w\n"+
		"ringwatch detect --work does the same without --engine; a job server of Beam's is named by endpoint=HOST:PORT",
		why)
}

// listening hears what Prism logs between it listens and it serves, and moves it to this
// machine's own address then: nobody was let in before.
type listening struct {
	slog.Handler
	endpoint string
	err      error
}

func (l *listening) Enabled(ctx context.Context, level slog.Level) bool {
	return l.endpoint == "" || l.Handler.Enabled(ctx, level)
}

func (l *listening) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "Serving JobManagement" && l.endpoint == "" {
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "endpoint" {
				l.endpoint = a.Value.String()
			}
			return true
		})
		_, port, err := net.SplitHostPort(l.endpoint)
		if err == nil {
			err = toLoopback(port)
		}
		l.err = err
	}
	if !l.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}
