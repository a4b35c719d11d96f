package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringwatch/ringwatch/evaluate"
	"github.com/ringwatch/ringwatch/rating"
	"github.com/ringwatch/ringwatch/reports"
	"github.com/ringwatch/ringwatch/scenarios"
	"github.com/ringwatch/ringwatch/sealed"
	"github.com/ringwatch/ringwatch/simulate"
)

func (t *terminal) sealed() *cli.Command {
	return t.command(&cli.Command{
		Name:      "sealed",
		Usage:     "make a world whose truth somebody else holds, and judge what was found in it",
		ArgsUsage: "make SCENARIO... --seed-from FILE --out DIR --truth FILE | open DIR TRUTH [FOUND]",
		Description: `make writes the ratings of a scenario, with sealed.json beside them, to a folder
that everybody may see, and the truth to a file that one person keeps. All draws come
from the bytes of the file that --seed-from names, which nobody else may know: 32
random ones will do. Of several scenarios one is drawn, so that whoever searches does
not know what there is, or whether there is anything. The truth's SHA-256 is printed
and stands in sealed.json; a salt in the truth keeps it from being guessed. Names and
order of accounts and items are drawn anew.

open makes sure that ratings and truth are those that were sealed, says what was in
the world, and with FOUND judges that as evaluate does. It exits with 1 where one of
them is another.

Examples
  head -c 32 /dev/urandom > secret
  ringwatch sealed make burst drip null --seed-from secret --out world --truth truth.json
  ringwatch detect world/ratings.csv --out case           or any other tool
  ringwatch sealed open world truth.json case/raters.csv`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "seed-from", Usage: "`FILE` with the secret"},
			&cli.StringFlag{Name: "truth", Usage: "`FILE` to write the truth to, outside of the folder"},
			&cli.StringFlag{Name: "ratings-format",
				Usage: "`FORMAT` of the ratings: csv, tsv, jsonl or parquet", Value: "csv"},
			forceFlag, setFlag(),
		}, judging(cli.StringFlag{Name: "out", Aliases: []string{"o"},
			Usage: "make: write to the folder `DIR`; open: write the judgement to a file"})...),
		Action: t.runSealed,
	})
}

func (t *terminal) runSealed(c *cli.Context) error {
	args := c.Args().Slice()
	switch {
	case len(args) > 1 && args[0] == "make":
		return t.sealedMake(c, args[1:])
	case len(args) == 1 && args[0] == "make":
		return errors.New("sealed make takes scenarios, files or names of the library; name one")
	case (len(args) == 3 || len(args) == 4) && args[0] == "open":
		return t.sealedOpen(c, args[1:])
	}
	return errors.New("sealed takes make SCENARIO... or open DIR TRUTH [FOUND]")
}

func (t *terminal) sealedMake(c *cli.Context, names []string) error {
	if err := checkSealedPlaces(c); err != nil {
		return err
	}
	format := c.String("ratings-format")
	file, ok := ratingFiles[format]
	if !ok || format == "communitynotes" || format == "columns" {
		return fmt.Errorf("--ratings-format: %q is none of csv, tsv, jsonl, parquet", format)
	}
	out, truth := c.String("out"), c.String("truth")
	secret, err := readSecret(c.String("seed-from"))
	if err != nil {
		return err
	}
	if err := t.claim(c, "truth"); err != nil {
		return err
	}
	folder, err := t.claimFolder(c, out, c.Bool("force"))
	if err != nil {
		return err
	}
	s, w, err := t.drawWorld(c, names, secret)
	if err != nil {
		return err
	}
	var ratings bytes.Buffer
	if err := rating.WriteFormat(&ratings, sealed.Ratings(w, secret), format); err != nil {
		return err
	}
	text, hash, err := sealed.Seal(w, secret, s.Name, sealed.Hash(ratings.Bytes()))
	if err != nil {
		return err
	}
	manifest, err := sealed.NewManifest(version, file, sealed.Hash(ratings.Bytes()), hash)
	if err != nil {
		return err
	}
	rows := w.Ratings.Len()
	// The truth first: there is no world whose truth nobody holds.
	if err := t.write(c.Context, truth, func(f io.Writer) error { _, err := f.Write(text); return err }); err != nil {
		return err
	}
	// Seed and scenario are secret, and stay out of it.
	run := reports.Provenance{Version: version, Command: "ringwatch sealed make", RowsRead: rows, RowsKept: rows}
	err = reports.WriteFolder(folder, map[string]func(io.Writer) error{
		file:       func(f io.Writer) error { _, err := f.Write(ratings.Bytes()); return err },
		sealedFile: func(f io.Writer) error { _, err := f.Write(manifest); return err },
	}, run)
	if err != nil {
		return err
	}
	t.meter.stop()
	t.sayOthers(folder)
	return t.tell("%d ratings of %d items by %d raters are in %s; the truth is in %s and nowhere else.\n"+
		"SHA-256 of the truth: %s\n",
		rows, w.Ratings.Items.Len(), w.Ratings.Raters.Len(), out, truth, hash)
}

// drawWorld draws one of the scenarios by the secret, and makes its world.
func (t *terminal) drawWorld(c *cli.Context, names []string, secret sealed.Secret) (
	*scenarios.Scenario, *simulate.World, error) {
	all := make([]*scenarios.Scenario, len(names))
	var err error
	for k, name := range names { // a fault in one that is not drawn is told as well
		if all[k], err = t.loadScenario(c, name); err != nil {
			return nil, nil, err
		}
	}
	s := all[secret.Choose(len(all))]
	t.meter.report("simulating", 0, 0)
	w, err := s.Simulate(c.Context, secret.Seed())
	return s, w, err
}

// checkSealedPlaces checks where a sealed world and its truth are to go.
func checkSealedPlaces(c *cli.Context) error {
	for _, flag := range []string{"seed-from", "out", "truth"} {
		if c.String(flag) == "" {
			return fmt.Errorf("sealed make needs --%s", flag)
		}
	}
	truth := c.String("truth")
	if inside(c.String("out"), truth) {
		return fmt.Errorf("--truth: %s is in the folder that everybody may see; name another place", truth)
	}
	if err := apartFrom("truth", truth, c.String("seed-from")); err != nil {
		return err
	}
	if _, err := os.Stat(truth); err == nil && !c.Bool("force") {
		return fmt.Errorf("--truth: %s is there, and may be the only truth of another world; name another file, "+
			"or say --force", truth)
	}
	return nil
}

// readSecret reads the file of --seed-from.
func readSecret(path string) (secret sealed.Secret, err error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return secret, fmt.Errorf("--seed-from: %w", err)
	}
	if secret, err = sealed.NewSecret(key); err != nil {
		return secret, fmt.Errorf("--seed-from: %s %w", path, err)
	}
	return secret, nil
}

const sealedFile = "sealed.json"

// inside reports whether a file would be in a folder, by whatever links.
func inside(dir, file string) bool {
	d, err1 := filepath.Abs(followed(dir))
	f, err2 := filepath.Abs(filepath.Join(followed(filepath.Dir(file)), filepath.Base(file)))
	rel, err3 := filepath.Rel(d, f)
	return errors.Join(err1, err2, err3) == nil && rel != ".." &&
		!strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// followed follows the links of a path, of which the end may not be there yet.
func followed(path string) string {
	if at, err := filepath.EvalSymlinks(path); err == nil {
		return at
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(followed(dir), filepath.Base(path))
	}
	return path
}

// apartFrom refuses to write to a file that is read.
func apartFrom(flag, path string, read ...string) error {
	to, err := os.Stat(path)
	if err != nil || !to.Mode().IsRegular() {
		return nil
	}
	for _, name := range read {
		if from, err := os.Stat(name); err == nil && os.SameFile(from, to) {
			return fmt.Errorf("--%s: %s is read, and would be lost; name another file", flag, path)
		}
	}
	return nil
}

func (t *terminal) sealedOpen(c *cli.Context, args []string) error {
	dir, truth := args[0], args[1]
	if len(args) < 3 && c.String("out") != "" {
		return errors.New("sealed open writes the judgement of what was found to --out; name FOUND as well: " +
			"sealed open DIR TRUTH FOUND, or leave --out out")
	}
	if err := checkEvaluationFormat(c); err != nil {
		return err
	}
	if err := apartFrom("out", c.String("out"), c.String("among")); err != nil {
		return err
	}
	if err := t.claim(c, "out"); err != nil {
		return err
	}
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	ratings, err := hashOf(c.Context, filepath.Join(dir, m.File))
	if err != nil {
		return err
	}
	text, err := readSmall(truth)
	if err != nil {
		return err
	}
	opened, err := sealed.Open(m, ratings, text)
	switch {
	case errors.Is(err, sealed.ErrRatings), errors.Is(err, sealed.ErrTruth):
		t.fail(fmt.Errorf("%s and %s: %w", dir, truth, err))
		return cli.Exit("", exitDiffers)
	case err != nil:
		return fmt.Errorf("%s: %w", truth, err)
	}
	if len(args) < 3 {
		return t.tell("%s and %s are those that were sealed: SHA-256 of the truth %s.\nScenario %s with seed %d: "+
			"%s among %d accounts.\n",
			dir, truth, m.Truth, opened.Scenario, opened.Seed, reports.Many(len(opened.Attacks), "brigade"),
			len(opened.Accounts))
	}
	if len(opened.Attacks) == 0 {
		return t.allFalse(c, args[2], opened)
	}
	claims, err := evaluate.Parse(filepath.Base(truth), text, evaluate.ReadOptions{})
	if err != nil {
		return err
	}
	r, err := t.evaluatedBy(c, args[2], claims)
	if err != nil {
		return err
	}
	r.Told = append([]string{fmt.Sprintf("ratings and truth are those that were sealed: SHA-256 of the truth %s; "+
		"scenario %s, seed %d", m.Truth, opened.Scenario, opened.Seed)}, r.Told...)
	return t.writeEvaluation(c, r)
}

func readManifest(dir string) (*sealed.Manifest, error) {
	data, err := readSmall(filepath.Join(dir, sealedFile))
	if no := (*fs.PathError)(nil); errors.As(err, &no) {
		return nil, fmt.Errorf("%s: holds no %s; name the folder that sealed make wrote", dir, sealedFile)
	}
	if err != nil {
		return nil, err
	}
	m, err := sealed.ReadManifest(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, sealedFile), err)
	}
	return m, nil
}

// mostTruth bounds a truth, in bytes: some ten million accounts.
const mostTruth = 1 << 30

// readSmall reads a regular file that fits into memory.
func readSmall(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostTruth+1))
	if err == nil && len(data) > mostTruth {
		err = fmt.Errorf("%s: holds more than 1 GiB, so it is no truth; name the file that sealed make wrote", path)
	}
	return data, err
}

// openRegular opens a file that is no device, pipe or folder, and so has an end.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path) // before it is opened: a pipe would wait for who writes to it
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is not a file; name the one that sealed make wrote", path)
	}
	return os.Open(path)
}

// hashOf is the SHA-256 of a file, which may be large.
func hashOf(ctx context.Context, path string) (string, error) {
	f, err := openRegular(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	for err == nil && ctx.Err() == nil {
		_, err = io.CopyN(h, f, 1<<24)
	}
	if err == io.EOF {
		err = nil
	}
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, ctx.Err())
}

// allFalse tells of what was found in a world without brigades.
func (t *terminal) allFalse(c *cli.Context, found string, truth *sealed.Truth) error {
	f, err := t.claims(c, found, "found-columns")
	if err != nil {
		return err
	}
	accounts := 0
	for _, l := range f.Label {
		if l == evaluate.Yes {
			accounts++
		}
	}
	said := fmt.Sprintf("There is no brigade in scenario %s: %s and %s found among %d accounts, all of them honest.",
		truth.Scenario, reports.Many(accounts, "account"), reports.Many(len(f.Groups), "ring"), len(truth.Accounts))
	return t.write(c.Context, c.String("out"), func(w io.Writer) error {
		if c.String("format") == "json" {
			return json.NewEncoder(w).Encode(map[string][]string{"told": {said}})
		}
		_, err := io.WriteString(w, reports.Plain(said+"\n"))
		return err
	})
}
