package main

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"
)

func (t *terminal) version() *cli.Command {
	return t.command(&cli.Command{
		Name:        "version",
		Usage:       "say which version this is",
		Description: "Examples\n  ringwatch version",
		Action: func(c *cli.Context) error {
			_, err := fmt.Fprintf(t.out, "ringwatch %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return err
		},
	})
}
