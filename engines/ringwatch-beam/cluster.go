package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/apache/beam/sdks/v2/go/container/tools"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/runtime/harness"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/util/grpcx"
)

// workers sets those of Beam's flags that were not told. With a job server, which it
// waits for, a cluster's workers are this very program, from the work folder.
func (j job) workers(ctx context.Context, scratch string) error {
	if *jobopts.Endpoint == "" && slices.Contains([]string{"", "prism", "PrismRunner"}, *runners.Runner) {
		if err := embedPrism(ctx); err != nil {
			return err
		}
	}
	endpoint := *jobopts.Endpoint
	if endpoint != "" {
		if err := answers(ctx, endpoint, j.wait); err != nil {
			return err
		}
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	if endpoint == "" || *jobopts.EnvironmentType != "" {
		// Beam would compile the program that it hands out, from sources that are not here.
		if *jobopts.WorkerBinary == "" && runtime.GOOS == "linux" {
			*jobopts.WorkerBinary = own
		}
		return nil
	}
	program := filepath.Join(j.work, "ringwatch-beam")
	if err := handOut(own, program); err != nil {
		return fmt.Errorf("--work: %w", err)
	}
	config, err := json.Marshal(map[string]string{"command": program})
	if err != nil {
		return err
	}
	*jobopts.EnvironmentType, *jobopts.EnvironmentConfig = "PROCESS", string(config)
	// Beam wants to hand out a program all the same; nobody asks for it.
	*jobopts.WorkerBinary = filepath.Join(scratch, "none")
	return os.WriteFile(*jobopts.WorkerBinary, nil, 0o600)
}

// answers waits for a server that answers: one that was just started takes a while.
func answers(ctx context.Context, endpoint string, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", endpoint)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: no job server of Beam's answers there: %w", endpoint, err)
		case <-time.After(time.Second):
		}
	}
}

// handOut puts a program where others see it, whole or not at all.
func handOut(own, path string) (err error) {
	from, err := os.Open(own)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.CreateTemp(filepath.Dir(path), ".partial-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(to.Name())
		}
	}()
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Chmod(0o755)
	}
	if err == nil {
		err = to.Sync()
	}
	if err = errors.Join(err, to.Close()); err != nil {
		return err
	}
	return os.Rename(to.Name(), path)
}

// A worker is what a cluster starts, in place of Beam's boot program: that fetches and
// starts another, which outlives its job and its cluster.
type worker struct{ provision string }

func (w worker) run(ctx context.Context) error {
	id := flag.Lookup("id").Value.String() // Beam's flag
	ctx, cancel := context.WithCancel(grpcx.WriteWorkerID(ctx, id))
	defer cancel()
	info, err := tools.ProvisionInfo(ctx, w.provision)
	if err != nil {
		return fmt.Errorf("%s: provisions no worker: %w", w.provision, err)
	}
	return harness.MainWithOptions(ctx, info.GetLoggingEndpoint().GetUrl(), info.GetControlEndpoint().GetUrl(),
		harness.Options{
			StatusEndpoint:     info.GetStatusEndpoint().GetUrl(),
			RunnerCapabilities: info.GetRunnerCapabilities(),
		})
}
