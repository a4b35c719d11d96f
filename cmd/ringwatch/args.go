package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/catalog"
)

// arrange puts flags before arguments, where the cli package wants them: it
// would pass over a flag behind an argument without a word. It also finds
// what is wrong with them, to say it in one line.
func arrange(args []string, commands []*cli.Command) ([]string, error) {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	at := 1 // of the command
	for at < len(args) && strings.HasPrefix(args[at], "-") {
		if f := flags(commands...)[flagName(args[at])]; f != nil && takesValue(f) && !strings.Contains(args[at], "=") {
			at++
		}
		at++
	}
	if at >= len(args) {
		for _, a := range args[1:] {
			if a != "--help" && a != "-h" {
				return nil, fmt.Errorf("no command before %s; run ringwatch help", a)
			}
		}
		return args, nil
	}
	name := args[at]
	if name == "help" {
		if at+1 < len(args) && !slices.Contains(names, args[at+1]) {
			return nil, unknownCommand(args[at+1], names)
		}
		return args, nil
	}
	k := slices.Index(names, name)
	if k < 0 {
		return nil, unknownCommand(name, names)
	}
	first, rest, err := split(commands[k], slices.Concat(args[1:at], args[at+1:]))
	if err != nil {
		return nil, fmt.Errorf("%w; run ringwatch %s --help", err, name)
	}
	if slices.Contains(first, "--help") || slices.Contains(first, "-h") {
		return []string{args[0], "help", name}, nil
	}
	return slices.Concat([]string{args[0], name}, first, []string{"--"}, rest), nil
}

func unknownCommand(name string, names []string) error {
	if near := catalog.Nearest(name, names); near != "" {
		return fmt.Errorf("no command is called %q; did you mean %q?", name, near)
	}
	return fmt.Errorf("no command is called %q; there are %s", name, strings.Join(names, ", "))
}

// split parts flags, with their values, from arguments.
func split(c *cli.Command, args []string) (first, rest []string, err error) {
	known := flags(c)
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return first, append(rest, args[i+1:]...), nil
		}
		if a == "-" || !strings.HasPrefix(a, "-") {
			rest = append(rest, a)
			continue
		}
		f := known[flagName(a)]
		if f == nil {
			return nil, nil, unknownFlag(a, known)
		}
		first = append(first, a)
		_, value, has := strings.Cut(a, "=")
		switch {
		case !takesValue(f):
			continue
		case !has && i+1 == len(args):
			return nil, nil, fmt.Errorf("--%s needs a value", f.Names()[0])
		case !has:
			i++
			value = args[i]
			first = append(first, value)
		}
		if kind := fits(f, value); kind != "" {
			return nil, nil, fmt.Errorf("--%s: %q is not a %s", f.Names()[0], value, kind)
		}
	}
	return first, rest, nil
}

func flagName(arg string) string {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	return name
}

// flags returns the flags of commands by all of their names.
func flags(commands ...*cli.Command) map[string]cli.Flag {
	all := map[string]cli.Flag{"help": cli.HelpFlag, "h": cli.HelpFlag}
	for _, c := range commands {
		for _, f := range c.Flags {
			for _, name := range f.Names() {
				all[name] = f
			}
		}
	}
	return all
}

func unknownFlag(arg string, known map[string]cli.Flag) error {
	arg, _, _ = strings.Cut(arg, "=")
	if near := catalog.Nearest(flagName(arg), slices.Sorted(maps.Keys(known))); near != "" {
		return fmt.Errorf("there is no flag %s; did you mean --%s?", arg, near)
	}
	return fmt.Errorf("there is no flag %s", arg)
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

// fits returns what a flag takes that a value is not, "" if it is.
func fits(f cli.Flag, value string) (kind string) {
	var err error
	switch f.(type) {
	case *cli.IntFlag:
		kind = "whole number of 0 or more"
		_, err = strconv.ParseUint(value, 10, 31)
	case *cli.Uint64Flag:
		kind = "whole number of 0 or more"
		_, err = strconv.ParseUint(value, 10, 64)
	case *cli.Float64Flag:
		kind = "number"
		_, err = strconv.ParseFloat(value, 64)
	}
	switch {
	case err == nil:
		return ""
	case !errors.Is(err, strconv.ErrRange):
		return kind
	}
	most := "18446744073709551615"
	if _, ok := f.(*cli.IntFlag); ok {
		most = strconv.Itoa(math.MaxInt32)
		if slices.Contains(seedFlags, f.Names()[0]) {
			return fmt.Sprintf("whole number from 1 to %d", maxSeeds)
		}
	}
	return "whole number from 0 to " + most
}
